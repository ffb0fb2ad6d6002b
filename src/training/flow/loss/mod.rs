//! Losses as functions of the outputs.

mod binary;
mod cross_entropy;
mod curvature;
mod huber;
mod log_probability;
mod settings;
mod squared;

use nalgebra::DMatrix;

pub use binary::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;
pub use curvature::Curvature;
pub use huber::Huber;
pub use log_probability::LogProbability;
pub use settings::LossSettings;
pub use squared::Squared;

use super::FlowError;
use super::linearised::all_finite;

/// What a flow lowers: a sum over the examples (rows) of a function of outputs `f` and targets `y`.
///
/// Value, slope and curvature must be of one function: [`follow`](super::follow) finds its
/// equilibria where the slope vanishes, and its implicit part in the curvature. All matrices are
/// `N x O`, one row an example.
///
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
/// use pulsatrix::solver::{Options, Save};
/// use pulsatrix::training::flow::{Curvature, FlowError, FlowMethod, GradientFlow, Loss, follow};
///
/// /// `sum |tau - [f > y]| (f - y)^2`: its minimum is the expectile `tau` of the targets.
/// struct Expectile(f64);
///
/// impl Expectile {
///     fn weight(&self, difference: f64) -> f64 {
///         if difference > 0.0 { 1.0 - self.0 } else { self.0 }
///     }
/// }
///
/// impl Loss for Expectile {
///     fn value(&self, f: &DMatrix<f64>, y: &DMatrix<f64>) -> f64 {
///         (f - y).map(|d| self.weight(d) * d * d).sum()
///     }
///     fn slope(&self, f: &DMatrix<f64>, y: &DMatrix<f64>) -> DMatrix<f64> {
///         (f - y).map(|d| 2.0 * self.weight(d) * d)
///     }
///     fn curvature(&self, f: &DMatrix<f64>, y: &DMatrix<f64>) -> Curvature {
///         Curvature::Diagonal((f - y).map(|d| 2.0 * self.weight(d)))
///     }
/// }
///
/// // The same input three times: the output can be but one number. Of 0, 1 and 5 at tau = 3/4 it is
/// // 16/5, for 3 (5 - e) = (e - 1) + e.
/// let network = DeepNetwork::new(Architecture::fully_connected(1, &[], 1))?;
/// let start = network.initial(Initialisation::Gaussian, 1)?;
/// let (inputs, targets) = (dmatrix![1.0; 1.0; 1.0], dmatrix![0.0; 1.0; 5.0]);
/// let flow = GradientFlow::new(&network, &inputs, &targets, &Expectile(0.75))?;
/// let (method, options) = (FlowMethod::KernelExponential, Options::with_tolerance(1e-8));
/// let run = follow(&flow, &start, 100.0, method, &options, &Save::Last)?;
/// assert!((flow.outputs(run.last())?[0] - 3.2).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Loss: Send + Sync {
    /// The loss of a batch.
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64;

    /// `dL/df`, shaped as the outputs.
    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64>;

    /// `d^2 L / df^2`.
    fn curvature(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> Curvature;

    /// Whether targets are ones that this loss is defined for; finite ones, if nothing else is
    /// said.
    ///
    /// # Errors
    /// [`FlowError::NotFinite`], or what the loss says against them.
    fn check(&self, targets: &DMatrix<f64>) -> Result<(), FlowError> {
        all_finite("the matrix of targets", targets)
    }

    /// `(d^2 L / df^2) u` for a change `u` of the outputs.
    fn slope_change(
        &self,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
        change: &DMatrix<f64>,
    ) -> DMatrix<f64> {
        self.curvature(outputs, targets).times(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every loss at outputs on both sides of its bends, against differences.
    #[test]
    fn slopes_and_curvatures_are_those_of_the_value() {
        let outputs = DMatrix::from_fn(3, 4, |i, j| (1.0 + i as f64 * 1.3 - j as f64).sin() * 2.0);
        let change = DMatrix::from_fn(3, 4, |i, j| (0.3 + i as f64 + 2.0 * j as f64).cos());
        let shares = DMatrix::from_fn(3, 4, |i, j| 0.1 + ((2 * i + j) % 4) as f64 * 0.1);
        let rows_of_one = &shares / shares.row(0).sum();
        let losses: [(&dyn Loss, &DMatrix<f64>); 4] = [
            (&Squared, &shares),
            (&CrossEntropy, &rows_of_one),
            (&BinaryCrossEntropy, &shares),
            (&Huber::new(0.7).unwrap(), &shares),
        ];
        for (index, (loss, targets)) in losses.into_iter().enumerate() {
            loss.check(targets).unwrap();
            let step = 1e-5;
            let (high, low) = (&outputs + &change * step, &outputs - &change * step);
            let rise = (loss.value(&high, targets) - loss.value(&low, targets)) / (2.0 * step);
            let slope = loss.slope(&outputs, targets);
            assert!((rise - slope.dot(&change)).abs() < 1e-8, "{index}");
            let bend = (loss.slope(&high, targets) - loss.slope(&low, targets)) / (2.0 * step);
            let found = loss.slope_change(&outputs, targets, &change);
            assert!((&bend - &found).amax() < 1e-8, "{index}");
            let curvature = loss.curvature(&outputs, targets);
            assert!((&bend - curvature.times(&change)).amax() < 1e-8, "{index}");
            let root = curvature.root().unwrap();
            assert!(
                (bend - root.times(&root.times(&change))).amax() < 1e-8,
                "{index}"
            );
        }
    }

    #[test]
    fn targets_that_a_loss_is_not_defined_for_are_refused() {
        let refused = |loss: &dyn Loss, targets: DMatrix<f64>| loss.check(&targets).unwrap_err();
        let one = DMatrix::from_element(2, 1, 1.0);
        assert_eq!(refused(&CrossEntropy, one.clone()), FlowError::OneClass);
        assert!(BinaryCrossEntropy.check(&one).is_ok());
        for row in [[0.5, 0.6], [1.2, -0.2], [0.0, 0.0]] {
            let targets = DMatrix::from_row_slice(2, 2, &[0.5, 0.5, row[0], row[1]]);
            let error = refused(&CrossEntropy, targets);
            assert!(matches!(error, FlowError::Target { row: 1, .. }), "{error}");
        }
        let above = DMatrix::from_element(2, 1, 1.5);
        assert!(matches!(
            refused(&BinaryCrossEntropy, above),
            FlowError::Target { .. }
        ));
        for loss in [&Squared as &dyn Loss, &CrossEntropy, &BinaryCrossEntropy] {
            let error = refused(loss, DMatrix::from_element(1, 2, f64::NAN));
            assert!(matches!(error, FlowError::NotFinite { .. }), "{error}");
        }
        assert!(Huber::new(0.0).is_err() && Huber::new(f64::NAN).is_err());
    }

    /// Large logits neither overflow nor lose the loss.
    #[test]
    fn entropies_have_no_largest_logit() {
        let (outputs, targets) = (DMatrix::from_element(1, 1, 800.0), DMatrix::zeros(1, 1));
        assert_eq!(BinaryCrossEntropy.value(&outputs, &targets), 800.0);
        assert_eq!(BinaryCrossEntropy.value(&-&outputs, &targets), 0.0);
        let outputs = DMatrix::from_row_slice(1, 2, &[800.0, -800.0]);
        let targets = DMatrix::from_row_slice(1, 2, &[0.0, 1.0]);
        assert_eq!(CrossEntropy.value(&outputs, &targets), 1600.0);
        // Two classes are one logit, their difference.
        let outputs = DMatrix::from_row_slice(1, 2, &[0.3, -0.9]);
        let binary =
            BinaryCrossEntropy.value(&DMatrix::from_element(1, 1, 1.2), &DMatrix::zeros(1, 1));
        assert!((CrossEntropy.value(&outputs, &targets) - binary).abs() < 1e-15);
    }
}
