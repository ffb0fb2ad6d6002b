//! Closed forms of scalar linear flows: relaxation, time to zero, and the affine map that many
//! components share.

/// Contraction after which a shared scale starts a new epoch: `2^-512`.
const EPOCH: f64 = 7.458_340_731_200_207e-155;
/// Its reciprocal.
const UNEPOCH: f64 = 1.0 / EPOCH;
/// Largest exponent of one contraction; what is left after `e^-340` is far below rounding.
const DEEPEST: f64 = 340.0;

/// `(e^-u, (1 - e^-u) / u)` for `u >= 0`, to rounding.
///
/// Short series for the tiny arguments between neighbouring events of a large network.
#[inline]
pub(super) fn relaxation(u: f64) -> (f64, f64) {
    if u < 1e-4 {
        let mean = 1.0 - u * (1.0 / 2.0 - u * (1.0 / 6.0 - u * (1.0 / 24.0)));
        (1.0 - u * mean, mean)
    } else if u < 1.0 / 64.0 {
        let tail = 1.0 / 120.0 - u * (1.0 / 720.0 - u * (1.0 / 5040.0 - u * (1.0 / 40320.0)));
        let mean = 1.0 - u * (1.0 / 2.0 - u * (1.0 / 6.0 - u * (1.0 / 24.0 - u * tail)));
        (1.0 - u * mean, mean)
    } else if u < 0.5 {
        let lost = -(-u).exp_m1();
        (1.0 - lost, lost / u)
    } else {
        let left = (-u.min(DEEPEST)).exp();
        (left, (1.0 - left) / u)
    }
}

/// `ln(1 + u)`, by a short series for tiny arguments.
#[inline]
fn ln_1p(u: f64) -> f64 {
    if u.abs() < 1e-4 {
        u * (1.0 - u * (1.0 / 2.0 - u * (1.0 / 3.0 - u * (1.0 / 4.0))))
    } else {
        u.ln_1p()
    }
}

/// Time that `x' = constant - rate x` needs from `x` to zero, if it is on its way there.
///
/// `positive` is the side on which the component counts; on the threshold, or a rounding error
/// beyond it, a component that is about to leave its side needs no time.
#[inline]
pub(super) fn time_to_zero(x: f64, constant: f64, rate: f64, positive: bool) -> Option<f64> {
    let slope = constant - rate * x;
    let approaching = if positive { slope < 0.0 } else { slope > 0.0 };
    if !approaching {
        return None;
    }
    if x == 0.0 || (x > 0.0) != positive {
        return Some(0.0);
    }
    let wait = if rate == 0.0 {
        -x / constant
    } else {
        ln_1p(-x * rate / constant) / rate
    };
    (wait >= 0.0 && wait.is_finite()).then_some(wait)
}

/// The flow `y' = r - rate y` of all components with one `rate >= 0`, as a map of the labels that
/// they carry: `y(t) = scale(t) label + r drift(t)`.
///
/// `scale' = -rate scale` and `drift' = 1 - rate drift`, whatever `r` is. Scale and label have an
/// exponent of their own, counted in epochs of 512 binary digits, so that neither under- nor
/// overflows and no label has to be rewritten.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flow {
    /// Time at which the map is given.
    since: f64,
    rate: f64,
    map: Map,
}

/// The map from labels to values at one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    scale: f64,
    drift: f64,
    epoch: u32,
}

/// A value in the coordinates of a flow: `mantissa * 2^(512 epoch)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub(super) mantissa: f64,
    pub(super) epoch: u32,
}

impl Label {
    /// Whether this label is below another one of the same flow.
    #[inline]
    pub(super) fn below(self, other: Self) -> bool {
        if self.epoch == other.epoch {
            self.mantissa < other.mantissa
        } else if self.epoch < other.epoch {
            self.mantissa * fade(other.epoch - self.epoch) < other.mantissa
        } else {
            self.mantissa < other.mantissa * fade(self.epoch - other.epoch)
        }
    }
}

/// Factor of a label that is some epochs old.
#[inline]
fn fade(epochs: u32) -> f64 {
    if epochs == 1 { EPOCH } else { 0.0 }
}

impl Map {
    /// Value `y` of a component with the given label and drive `r`.
    #[inline]
    pub(super) fn value(&self, label: Label, drive: f64) -> f64 {
        let old = if label.epoch == self.epoch {
            label.mantissa
        } else {
            label.mantissa * fade(self.epoch - label.epoch)
        };
        self.scale * old + drive * self.drift
    }

    /// Label of a component with value `y` and drive `r`.
    #[inline]
    pub(super) fn label(&self, y: f64, drive: f64) -> Label {
        Label {
            mantissa: (y - drive * self.drift) / self.scale,
            epoch: self.epoch,
        }
    }
}

impl Flow {
    /// The identity, at time `since`.
    pub(super) fn new(since: f64, rate: f64) -> Self {
        let map = Map {
            scale: 1.0,
            drift: 0.0,
            epoch: 0,
        };
        Self { since, rate, map }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn since(&self) -> f64 {
        self.since
    }

    /// The map at the time at which it is kept.
    #[inline]
    pub(super) fn now(&self) -> &Map {
        &self.map
    }

    /// The map at a later time.
    #[inline]
    pub(super) fn at(&self, time: f64) -> Map {
        let elapsed = time - self.since;
        let (left, mean) = relaxation(self.rate * elapsed);
        let mut map = Map {
            scale: self.map.scale * left,
            drift: self.map.drift * left + elapsed * mean,
            epoch: self.map.epoch,
        };
        if map.scale < EPOCH {
            map.scale *= UNEPOCH;
            map.epoch += 1;
        }
        map
    }

    /// Goes on from `map`, which is this flow at `time`, with a new rate.
    #[inline]
    pub(super) fn turn(&mut self, time: f64, map: Map, rate: f64) {
        *self = Self {
            since: time,
            rate,
            map,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relaxation_is_exact_to_rounding_across_its_branches() {
        for u in [
            0.0, 1e-9, 9.9e-5, 1.01e-4, 1e-3, 0.0156, 0.0157, 0.1, 0.49, 0.51, 3.0, 40.0, 339.0,
        ] {
            let (left, mean) = relaxation(u);
            let exact = if u == 0.0 { 1.0 } else { -(-u).exp_m1() / u };
            assert!((left - (-u).exp()).abs() < 2e-16, "{u}");
            assert!((mean - exact).abs() < 3e-16, "{u}");
        }
        assert!(relaxation(1e9).0 > 0.0);
    }

    #[test]
    fn a_long_contraction_changes_epoch_and_keeps_order() {
        let mut flow = Flow::new(0.0, 100.0);
        let old = (flow.now().label(-3.0, 0.0), flow.now().label(2.0, 0.0));
        for n in 1..=10 {
            let time = f64::from(n);
            let map = flow.at(time);
            flow.turn(time, map, 100.0);
        }
        let map = *flow.now();
        assert!(map.epoch > 1 && map.scale > 0.0);
        let new = (map.label(-1.0, 1.0), map.label(1.0, 1.0));
        assert!((map.value(new.0, 1.0) + 1.0).abs() < 1e-15);
        assert!((map.value(old.0, 1.0) - 0.01).abs() < 1e-16);
        assert!(new.0.below(old.0) && old.1.below(new.1));
        assert!(!old.1.below(new.0));
    }

    #[test]
    fn the_time_to_zero_is_the_logarithm() {
        let wait = time_to_zero(2.0, -3.0, 0.5, true).unwrap();
        assert!((-6.0 + 8.0 * (-0.5 * wait).exp()).abs() < 1e-14);
        assert_eq!(time_to_zero(-2.0, 4.0, 0.0, false), Some(0.5));
        assert_eq!(time_to_zero(2.0, 3.0, 2.0, true), None);
        assert_eq!(time_to_zero(-1e-18, -1.0, 0.0, true), Some(0.0));
    }
}
