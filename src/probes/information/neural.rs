//! Lower bounds of mutual information by a critic that learns.

use nalgebra::DMatrix;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::InformationError;
use super::critic::{Form, JointCritic, SeparableCritic};
use super::estimate::{Estimate, check_pairs, standardised};
use crate::numerics::elementary;
use crate::numerics::random::{Stream, stream};
use crate::numerics::sigmoid::logistic;

/// Which bound a critic `T(x, y)` learns and is asked for; `E` is over pairs that belong together, `F` over
/// pairs that do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// `E T - ln F e^T` (Donsker and Varadhan), whose gradient is freed of most of its bias by a running
    /// mean of `F e^T`: M. I. Belghazi et al., "MINE: mutual information neural estimation", ICML 2018,
    /// arXiv:1801.04062.
    Mine,
    /// `E T - F e^(T - 1)`: X. Nguyen, M. J. Wainwright, M. I. Jordan, IEEE Transactions on Information
    /// Theory 56, 5847-5861 (2010), arXiv:0809.0853.
    Nwj,
    /// `E [T(x, y) - ln mean_j e^T(x, y_j)]` over the `y_j` of a batch, at most the logarithm of the
    /// batch: A. van den Oord, Y. Li, O. Vinyals, arXiv:1807.03748.
    InfoNce,
    /// `E T - ln F clip(e^T, e^-tau, e^tau)` with `tau = 5`, the critic trained to classify pairs; no
    /// bound any more, but of small scatter: J. Song, S. Ermon, ICLR 2020, arXiv:1910.06222.
    Smile,
}

/// Clip of [`Bound::Smile`]: that of the source's experiments with the least bias of 1 and 5.
const CLIP: f64 = 5.0;

/// Weight of a new batch in the running mean of [`Bound::Mine`]: that of the source's supplement.
const FORGETTING: f64 = 0.01;

/// Shifts over which `F` is averaged when a bound is asked for (chosen: the scatter of `E` dominates).
const SHIFTS: usize = 8;

/// Pairs without which the three parts of the data would be of a few samples (chosen).
pub(super) const LEAST_PAIRS: usize = 50;

/// Pairs of so many that a bound is asked for: a fifth, and another fifth says when the critic was best.
pub(super) fn held_out(samples: usize) -> usize {
    samples / 5
}

/// Looks at the validation part along the training (chosen).
const LOOKS: usize = 25;

/// How a critic is made and taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuralOptions {
    /// Widths of its hidden layers of rectifiers.
    pub widths: Vec<usize>,
    /// Steps of Adam.
    pub steps: usize,
    /// Pairs of a step.
    pub batch: usize,
    /// Rate of Adam.
    pub rate: f64,
    /// Seed of its start, of the split and of the batches.
    pub seed: u64,
}

impl Default for NeuralOptions {
    /// Two layers of 64, 2,500 steps of 512 pairs at the rate 1e-3.
    fn default() -> Self {
        Self {
            widths: vec![64, 64],
            steps: 2_500,
            batch: 512,
            rate: 1e-3,
            seed: 1,
        }
    }
}

/// What a critic has found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NeuralEstimate {
    /// The bound on pairs that neither training nor the choice of its end has seen.
    pub estimate: Estimate,
    /// Step after which the validation part was scored best; the weights of that step are taken.
    pub step: usize,
    /// The bound on the validation part along the training: steps and nats.
    pub course: Vec<(usize, f64)>,
}

/// Pairs of one part of the data.
struct Part {
    x: DMatrix<f64>,
    y: DMatrix<f64>,
}

impl Part {
    fn rows(&self) -> usize {
        self.x.nrows()
    }

    /// `x` beside the `y` of `shift` rows further on, from the first row again behind the last.
    fn pairs(&self, rows: &[usize], shift: usize) -> DMatrix<f64> {
        let (of_x, columns) = (self.x.ncols(), self.x.ncols() + self.y.ncols());
        let count = rows.len();
        DMatrix::from_fn(count, columns, |row, column| {
            if column < of_x {
                self.x[(rows[row], column)]
            } else {
                self.y[(rows[(row + shift) % count], column - of_x)]
            }
        })
    }
}

/// Bounds from below the mutual information of pairs, `x` and `y` with one sample a row.
///
/// Columns are brought to variance 1. Of the pairs, in random order, 60 % teach the critic, 20 % say when it
/// was best, and the bound is asked for on the last 20 %, so that what has been learnt by heart does not
/// count. No such bound can certify more than the logarithm of the number of pairs (D. `McAllester`, K. Stratos,
/// AISTATS 2020, arXiv:1811.04251): a large true value comes out too small.
///
/// Where `y` is a continuous function of `x` without noise the mutual information is infinite: add noise,
/// and say how much.
///
/// # Errors
/// [`InformationError`] for unpaired samples, numbers that are none, sides that never vary, fewer than 50
/// pairs, settings of 0, or a rate at which the critic diverges.
pub fn neural_bound(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    bound: Bound,
    options: &NeuralOptions,
) -> Result<NeuralEstimate, InformationError> {
    check_pairs(x, y)?;
    check_options(options)?;
    if x.nrows() < LEAST_PAIRS {
        return Err(InformationError::TooFew {
            estimator: "a critic",
            found: x.nrows(),
            least: LEAST_PAIRS,
            remedy: "take the estimator ksg",
        });
    }
    let (x, y) = (standardised("x", x)?, standardised("y", y)?);
    let mut order: Vec<usize> = (0..x.nrows()).collect();
    order.shuffle(&mut stream(options.seed, "split of pairs", 0));
    let fifth = held_out(x.nrows());
    let part = |rows: &[usize]| Part {
        x: x.select_rows(rows),
        y: y.select_rows(rows),
    };
    let (held_out, teaching) = order.split_at(2 * fifth);
    let (test, validation) = held_out.split_at(fifth);
    let parts = [part(teaching), part(validation), part(test)];
    let form = Form {
        widths: &options.widths,
        rate: options.rate,
        seed: options.seed,
    };
    if bound == Bound::InfoNce {
        let mut critic = SeparableCritic::new(&form, [x.ncols(), y.ncols()])?;
        return taught(&mut Contrast(&mut critic), &parts, options);
    }
    let mut critic = JointCritic::new(&form, x.ncols() + y.ncols())?;
    let mut pairs = Pairs {
        critic: &mut critic,
        bound,
        log_mean: None,
    };
    taught(&mut pairs, &parts, options)
}

fn check_options(options: &NeuralOptions) -> Result<(), InformationError> {
    let refuse = |name, value, requirement| {
        Err(InformationError::OutOfRange {
            name,
            value,
            requirement,
        })
    };
    if !(options.rate > 0.0 && options.rate.is_finite()) {
        return refuse("rate", options.rate, "it is positive and finite");
    }
    if options.batch < 2 {
        return refuse(
            "batch",
            options.batch as f64,
            "a pair has to be told from another",
        );
    }
    if options.steps == 0 || options.widths.contains(&0) {
        return refuse("steps and widths", 0.0, "they are at least 1");
    }
    Ok(())
}

/// A critic with its bound.
trait Lesson {
    type Weights;
    /// One step on the pairs of these rows.
    fn learn(
        &mut self,
        part: &Part,
        rows: &[usize],
        stream: &mut Stream,
    ) -> Result<(), InformationError>;
    /// The bound on a part, with `F` over so many shifts.
    fn judge(&self, part: &Part, batch: usize, shifts: usize)
    -> Result<Estimate, InformationError>;
    fn weights(&self) -> Self::Weights;
    fn put_back(&mut self, weights: Self::Weights);
}

fn taught<L: Lesson>(
    lesson: &mut L,
    [teaching, validation, test]: &[Part; 3],
    options: &NeuralOptions,
) -> Result<NeuralEstimate, InformationError> {
    let mut random = stream(options.seed, "batches of pairs", 0);
    let batch = options.batch.min(teaching.rows());
    let mut order: Vec<usize> = (0..teaching.rows()).collect();
    let mut next = order.len();
    let mut course = Vec::new();
    let mut best = (0, f64::NEG_INFINITY, lesson.weights());
    let every = options.steps.div_ceil(LOOKS);
    for step in 1..=options.steps {
        if next + batch > order.len() {
            order.shuffle(&mut random);
            next = 0;
        }
        lesson.learn(teaching, &order[next..next + batch], &mut random)?;
        next += batch;
        if step % every == 0 || step == options.steps {
            let found = lesson.judge(validation, options.batch, 1)?.nats;
            course.push((step, found));
            if found > best.1 {
                best = (step, found, lesson.weights());
            }
        }
    }
    let (step, _, weights) = best;
    lesson.put_back(weights);
    Ok(NeuralEstimate {
        estimate: lesson.judge(test, options.batch, SHIFTS)?,
        step,
        course,
    })
}

/// A joint critic and the bounds of single pairs.
struct Pairs<'c> {
    critic: &'c mut JointCritic,
    bound: Bound,
    /// Logarithm of the running mean of `e^T` over pairs that do not belong together.
    log_mean: Option<f64>,
}

/// `ln mean e^t` without overflow.
pub(super) fn log_mean_exp(values: &[f64]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = values.iter().map(|value| (value - top).exp()).sum();
    top + (sum / values.len() as f64).ln()
}

/// Slopes of a bound, its sign turned, by the scores of pairs that belong together and, in the second half, of as
/// many that do not.
pub(super) fn slopes(bound: Bound, log_mean: &mut Option<f64>, scores: &[f64]) -> Vec<f64> {
    let (together, apart) = scores.split_at(scores.len() / 2);
    let share = 1.0 / together.len() as f64;
    let weight: Box<dyn Fn(f64) -> f64> = match bound {
        Bound::Mine => {
            let here = log_mean_exp(apart);
            let mean = log_mean.map_or(here, |before| {
                let top = before.max(here);
                let sum =
                    (1.0 - FORGETTING) * (before - top).exp() + FORGETTING * (here - top).exp();
                top + sum.ln()
            });
            *log_mean = Some(mean);
            Box::new(move |score| (score - mean).exp())
        }
        Bound::Nwj => Box::new(|score| (score - 1.0).exp()),
        Bound::Smile | Bound::InfoNce => Box::new(logistic),
    };
    let pull = |score: &f64| match bound {
        Bound::Smile | Bound::InfoNce => -share * logistic(-score),
        Bound::Mine | Bound::Nwj => -share,
    };
    let push = apart.iter().map(|score| share * weight(*score));
    together.iter().map(pull).chain(push).collect()
}

impl Lesson for Pairs<'_> {
    type Weights = Vec<f64>;

    fn learn(
        &mut self,
        part: &Part,
        rows: &[usize],
        random: &mut Stream,
    ) -> Result<(), InformationError> {
        let shift = random.random_range(1..rows.len());
        let (together, apart) = (part.pairs(rows, 0), part.pairs(rows, shift));
        let count = rows.len();
        let mut pairs = DMatrix::zeros(2 * count, together.ncols());
        pairs.rows_mut(0, count).copy_from(&together);
        pairs.rows_mut(count, count).copy_from(&apart);
        let (bound, log_mean) = (self.bound, &mut self.log_mean);
        self.critic
            .learn(&pairs, |scores| slopes(bound, log_mean, scores))
    }

    fn judge(&self, part: &Part, _: usize, shifts: usize) -> Result<Estimate, InformationError> {
        let count = part.rows();
        let rows: Vec<usize> = (0..count).collect();
        let together = Estimate::of_terms(&self.critic.scores(&part.pairs(&rows, 0))?);
        // Scores of every x with so many y of others.
        let mut apart = vec![Vec::with_capacity(shifts); count];
        for shift in 1..=shifts {
            // Spread over the part, and never by a multiple of its length.
            let shift = 1 + (shift - 1) * (count - 1) / shifts;
            let scores = self.critic.scores(&part.pairs(&rows, shift))?;
            for (list, score) in apart.iter_mut().zip(scores) {
                list.push(match self.bound {
                    Bound::Smile => score.clamp(-CLIP, CLIP),
                    _ => score,
                });
            }
        }
        let logs: Vec<f64> = apart.iter().map(|scores| log_mean_exp(scores)).collect();
        let log_mean = log_mean_exp(&logs);
        // The terms of the second mean, in units of that mean.
        let terms: Vec<f64> = logs.iter().map(|log| (log - log_mean).exp()).collect();
        let scatter = Estimate::of_terms(&terms).standard_error;
        let (second, slope) = match self.bound {
            Bound::Nwj => ((log_mean - 1.0).exp(), (log_mean - 1.0).exp()),
            _ => (log_mean, 1.0),
        };
        Ok(Estimate {
            nats: together.nats - second,
            standard_error: together.standard_error.hypot(slope * scatter),
        })
    }

    fn weights(&self) -> Vec<f64> {
        self.critic.weights()
    }

    fn put_back(&mut self, weights: Vec<f64>) {
        self.critic.put_back(weights);
    }
}

/// A separable critic that has to find the partner of every `x` among the `y` of a batch.
struct Contrast<'c>(&'c mut SeparableCritic);

impl Lesson for Contrast<'_> {
    type Weights = [Vec<f64>; 2];

    fn learn(
        &mut self,
        part: &Part,
        rows: &[usize],
        _: &mut Stream,
    ) -> Result<(), InformationError> {
        let (x, y) = (part.x.select_rows(rows), part.y.select_rows(rows));
        let share = 1.0 / rows.len() as f64;
        self.0.learn(&x, &y, |mut slopes| {
            for mut of_x in slopes.column_iter_mut() {
                let top = of_x.max();
                of_x.add_scalar_mut(-top);
            }
            elementary::exp(slopes.as_mut_slice());
            for (place, mut of_x) in slopes.column_iter_mut().enumerate() {
                let sum = of_x.sum();
                of_x *= share / sum;
                of_x[place] -= share;
            }
            slopes
        })
    }

    fn judge(&self, part: &Part, batch: usize, _: usize) -> Result<Estimate, InformationError> {
        let batch = batch.min(part.rows());
        let mut terms = Vec::new();
        // A rest of the last batch would have a lower ceiling, and is left out.
        for start in (0..=part.rows() - batch).step_by(batch) {
            let x = part.x.rows(start, batch).into_owned();
            let y = part.y.rows(start, batch).into_owned();
            let scores = self.0.scores(&x, &y)?;
            let partners = scores.column_iter().enumerate();
            terms.extend(partners.map(|(place, of_x)| of_x[place] - log_mean_exp(of_x.as_slice())));
        }
        Ok(Estimate::of_terms(&terms))
    }

    fn weights(&self) -> [Vec<f64>; 2] {
        self.0.weights()
    }

    fn put_back(&mut self, weights: [Vec<f64>; 2]) {
        self.0.put_back(weights);
    }
}
