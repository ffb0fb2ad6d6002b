//! One sample: its memory, its line search, its verdict.

use super::bend::Bend;
use super::{Minimum, QuasiNewton};

/// Share of the decrease along a tangent that a step must reach: customary.
const ARMIJO: f64 = 1e-4;
/// Share of the slope that a step must leave behind: customary for quasi-Newton methods.
const CURVATURE: f64 = 0.9;

/// Share of the residual that a step in a good metric leaves at most: as long as every step does, none is
/// remembered, as memory would cost more than it gains. Chosen between a tenth, as saturating
/// networks near their forward pass have it, and the half of a metric that is wrong by a half.
const PROMPT: f64 = 0.25;

/// One step that is remembered.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

pub(super) struct Sample {
    pub x: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    pub energy: f64,
    pub residual: f64,
    /// Slope of the energy along the direction, negative.
    slope: f64,
    /// Trial length and its bracket: `low` fulfils the decrease, `high` violates it; with slopes.
    length: f64,
    low: (f64, f64),
    high: (f64, f64),
    trials: u32,
    evaluations: u64,
    pairs: Vec<Pair>,
    pub active: bool,
    /// Whether directions are taken in a metric.
    pub metric: bool,
    /// Whether the next direction is still to be chosen.
    pub aims: bool,
    /// What the first loop of the recursion says of every pair: weight and inverse curvature.
    weights: Vec<(f64, f64)>,
    /// Where the energy has kinks; then `gradient` is that of the steepest descent off them.
    bend: Option<Bend>,
}

impl Sample {
    /// A sample at its start, with its derivatives to the left and, where it has kinks, the right.
    pub fn new(
        x: &[f64],
        left: &[f64],
        right: Option<&[f64]>,
        bend: Option<Bend>,
        energy: f64,
        options: &QuasiNewton,
    ) -> Self {
        let gradient = match (&bend, right) {
            (Some(bend), Some(right)) => bend.steepest(x, left, right),
            _ => left.to_vec(),
        };
        let residual = norm(&gradient);
        let active = residual > options.tolerance && options.maximum_evaluations > 1;
        Self {
            x: x.to_vec(),
            gradient,
            direction: vec![0.0; x.len()],
            energy,
            residual,
            slope: 0.0,
            length: 1.0,
            low: (0.0, 0.0),
            high: (f64::INFINITY, 0.0),
            trials: 0,
            evaluations: 1,
            pairs: Vec::new(),
            active,
            metric: false,
            aims: active,
            weights: Vec::new(),
            bend,
        }
    }

    pub fn minimum(&self, options: &QuasiNewton) -> Minimum {
        Minimum {
            converged: self.residual <= options.tolerance,
            residual: self.residual,
            energy: self.energy,
            evaluations: self.evaluations,
        }
    }

    pub fn probe(&self, point: &mut [f64]) {
        for ((point, x), d) in point.iter_mut().zip(&self.x).zip(&self.direction) {
            *point = x + self.length * d;
        }
        if let Some(bend) = &self.bend {
            bend.project(point);
        }
    }

    /// Chooses the next direction by the two-loop recursion and starts a line search.
    pub fn aim(&mut self) {
        self.begin_aim();
        let scale = self.pairs.iter().zip(&self.weights).rev();
        let mut used = scale.filter(|(_, weight)| weight.1 > 0.0);
        if let Some((pair, (_, rho))) = used.next() {
            let free = self.bend.as_ref().map(Bend::free);
            let scale = 1.0 / (rho * product(&pair.change, &pair.change, free));
            self.direction.iter_mut().for_each(|d| *d *= scale);
        }
        self.end_aim();
    }

    /// The first half of an aim under a metric: writes what the metric is to be applied to.
    pub fn aim_before(&mut self, out: &mut [f64]) {
        self.begin_aim();
        match self.bend.as_ref().map(Bend::free) {
            None => out.copy_from_slice(&self.direction),
            Some(free) => {
                let parts = self.direction.iter().zip(free);
                for (out, (d, free)) in out.iter_mut().zip(parts) {
                    *out = d * free;
                }
            }
        }
    }

    /// The second half: takes in what the metric has made of it, unless it has led this sample nowhere.
    pub fn aim_after(&mut self, metric: &[f64]) {
        if !self.metric {
            return self.aim();
        }
        self.direction.copy_from_slice(metric);
        self.end_aim();
    }

    /// The first loop, from the newest pair to the oldest.
    fn begin_aim(&mut self) {
        if let Some(bend) = &mut self.bend {
            bend.choose(&self.x, &self.gradient);
        }
        let free = self.bend.as_ref().map(Bend::free);
        let d = &mut self.direction;
        d.copy_from_slice(&self.gradient);
        self.weights.clear();
        self.weights.resize(self.pairs.len(), (0.0, 0.0));
        for (pair, weight) in self.pairs.iter().zip(&mut self.weights).rev() {
            weight.1 = pair.inverse_curvature(free);
            weight.0 = weight.1 * product(&pair.step, d, free);
            add(d, -weight.0, &pair.change);
        }
    }

    /// The second loop, from the oldest pair to the newest, and the start of a line search.
    fn end_aim(&mut self) {
        self.aims = false;
        let free = self.bend.as_ref().map(Bend::free);
        let d = &mut self.direction;
        for (pair, (weight, rho)) in self.pairs.iter().zip(&self.weights) {
            let beta = rho * product(&pair.change, d, free);
            add(d, weight - beta, &pair.step);
        }
        d.iter_mut().for_each(|d| *d = -*d);
        for (d, free) in d.iter_mut().zip(free.unwrap_or_default()) {
            *d *= free;
        }
        if let Some(bend) = &self.bend {
            bend.admit(&self.x, d);
        }
        self.slope = dot(d, &self.gradient);
        // What is left of the direction need not descend, nor does it where the metric has no digits.
        let descends = self.slope < -1e-10 * norm(d) * norm(&self.gradient);
        if !descends {
            self.pairs.clear();
            for (d, g) in d.iter_mut().zip(&self.gradient) {
                *d = -g;
            }
            self.slope = -dot(&self.gradient, &self.gradient);
        }
        self.length = 1.0;
        self.low = (0.0, self.slope);
        self.high = (f64::INFINITY, 0.0);
        self.trials = 0;
    }

    /// Takes in an evaluation at the probe: accepts the step, or shrinks the bracket.
    pub fn judge(
        &mut self,
        x: &[f64],
        left: &[f64],
        right: Option<&[f64]>,
        energy: f64,
        options: &QuasiNewton,
    ) {
        self.evaluations += 1;
        self.trials += 1;
        let sides = self.bend.as_ref().zip(right);
        let within = sides.map(|(bend, right)| bend.within(x, left, right));
        let gradient = within.as_deref().unwrap_or(left);
        let (slope, fall) = match &self.bend {
            None => (dot(gradient, &self.direction), self.length * self.slope),
            Some(bend) => {
                let ways = x.iter().zip(&self.x).zip(&self.gradient);
                let fall = ways.map(|((new, old), g)| (new - old) * g).sum();
                (bend.slope(x, gradient, &self.direction), fall)
            }
        };
        let finite = energy.is_finite() && slope.is_finite();
        let noise = 1e-13 * self.energy.abs().max(f64::MIN_POSITIVE);
        let decreases = energy <= self.energy + ARMIJO * fall
            || (energy <= self.energy + noise && slope <= (2.0 * ARMIJO - 1.0) * self.slope);
        if finite && decreases && slope >= CURVATURE * self.slope {
            let steepest = sides.map(|(bend, right)| bend.steepest(x, left, right));
            let steepest = steepest.as_deref().unwrap_or(left);
            self.accept(x, gradient, steepest, energy, options);
        } else if finite && decreases {
            self.low = (self.length, slope);
        } else {
            let slope = if finite { slope } else { f64::NAN };
            self.high = (self.length, slope);
        }
        if !self.active || self.trials == 0 {
            return;
        }
        if self.evaluations >= options.maximum_evaluations {
            self.active = false;
        } else if self.trials < 40 {
            self.length = self.next_length();
        } else if self.pairs.is_empty() && !self.metric {
            // Steepest descent gives nothing either: the energy has no more digits.
            self.active = false;
        } else {
            self.pairs.clear();
            self.metric = false;
            self.aims = true;
        }
    }

    fn next_length(&self) -> f64 {
        let ((low, a), (high, b)) = (self.low, self.high);
        if high.is_infinite() {
            return 2.0 * self.length;
        }
        let width = high - low;
        // Secant of the slopes where they bracket a minimum, else bisection.
        let secant = if b > 0.0 && a < 0.0 && self.trials < 10 {
            low - a * width / (b - a)
        } else {
            low + 0.5 * width
        };
        secant.clamp(low + 0.1 * width, high - 0.1 * width)
    }

    /// Steps to a point with a gradient as seen along the way, and that of the steepest descent on.
    fn accept(
        &mut self,
        x: &[f64],
        gradient: &[f64],
        steepest: &[f64],
        energy: f64,
        options: &QuasiNewton,
    ) {
        let residual = norm(steepest);
        let prompt = self.metric && self.pairs.is_empty() && residual <= PROMPT * self.residual;
        if !prompt {
            self.remember(x, gradient, options);
        }
        self.x.copy_from_slice(x);
        self.gradient.copy_from_slice(steepest);
        self.energy = energy;
        self.residual = residual;
        self.active =
            self.residual > options.tolerance && self.evaluations < options.maximum_evaluations;
        self.aims = self.active;
        self.trials = 0;
    }

    /// Takes the step to `x`, and the change of the gradient, into the memory.
    fn remember(&mut self, x: &[f64], gradient: &[f64], options: &QuasiNewton) {
        // The oldest pair gives its memory to the newest.
        let memory = options.memory.clamp(1, 64);
        let mut pair = if self.pairs.len() >= memory {
            self.pairs.remove(0)
        } else {
            Pair {
                step: vec![0.0; x.len()],
                change: vec![0.0; x.len()],
                rho: 0.0,
            }
        };
        for (i, (step, change)) in pair.step.iter_mut().zip(&mut pair.change).enumerate() {
            *step = x[i] - self.x[i];
            *change = gradient[i] - self.gradient[i];
        }
        let curvature = dot(&pair.step, &pair.change);
        if curvature > f64::EPSILON * dot(&pair.change, &pair.change) {
            pair.rho = 1.0 / curvature;
            self.pairs.push(pair);
        }
    }
}

impl Pair {
    /// `1 / (step . change)` among the unknowns that are free: where some stand still, what is left of
    /// a pair has a curvature of its own, or none.
    fn inverse_curvature(&self, free: Option<&[f64]>) -> f64 {
        if free.is_none() {
            return self.rho;
        }
        let curvature = product(&self.step, &self.change, free);
        if curvature > f64::EPSILON * product(&self.change, &self.change, free) {
            1.0 / curvature
        } else {
            0.0
        }
    }
}

/// Sum of products, over the unknowns that are free if some are not.
fn product(a: &[f64], b: &[f64], free: Option<&[f64]>) -> f64 {
    match free {
        None => dot(a, b),
        Some(free) => masked(a, b, free),
    }
}

/// Sum of products over the unknowns that are free.
fn masked(a: &[f64], b: &[f64], free: &[f64]) -> f64 {
    let terms = a.iter().zip(b).zip(free);
    terms.map(|((a, b), free)| a * b * free).sum()
}

/// Sum of products in eight fixed lanes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = heads.remainder().iter().zip(tails.remainder());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn add(a: &mut [f64], factor: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += factor * b;
    }
}
