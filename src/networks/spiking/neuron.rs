//! One integrate-and-fire neuron between two spikes, in closed form.

use serde::{Deserialize, Serialize};

/// How the potential of a neuron moves below its threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpikingNeuron {
    /// Leaky: `tau V' = I - V`. L. Lapicque, "Recherches quantitatives sur l'excitation électrique des
    /// nerfs traitée comme une polarisation", J. Physiol. Pathol. Gén. 9, 620-635 (1907).
    #[default]
    Leaky,
    /// Quadratic: `tau V' = V^2 + I`, the normal form of a saddle-node on a circle. G. B. Ermentrout,
    /// N. Kopell, SIAM J. Appl. Math. 46(2), 233-253 (1986), doi:10.1137/0146017.
    Quadratic,
}

impl SpikingNeuron {
    /// `tau V'`.
    #[inline]
    pub(super) fn drift(self, potential: f64, input: f64) -> f64 {
        match self {
            Self::Leaky => input - potential,
            Self::Quadratic => potential * potential + input,
        }
    }

    /// The potential after `duration`, in units of `tau`, if no spike comes in between.
    pub(super) fn potential(self, potential: f64, input: f64, duration: f64) -> f64 {
        match self {
            Self::Leaky => input + (potential - input) * (-duration).exp(),
            Self::Quadratic if input > 0.0 => {
                // without the difference of two angles, which loses all digits as the input vanishes
                let rate = input.sqrt();
                let (sine, cosine) = (rate * duration).sin_cos();
                (potential * cosine + rate * sine) / (cosine - potential * sine / rate)
            }
            Self::Quadratic if input == 0.0 => potential / (1.0 - potential * duration),
            Self::Quadratic => {
                let rest = (-input).sqrt();
                if potential == rest || potential == -rest {
                    return potential;
                }
                if rest * duration < 1.0 {
                    let tangent = (rest * duration).tanh();
                    return (potential - rest * tangent) / (1.0 - potential * tangent / rest);
                }
                // 1 - tanh has no digits left: (V - r) / (V + r) grows as e^(2 r t), its inverse shrinks
                let inverse =
                    (potential + rest) / (potential - rest) * (-2.0 * rest * duration).exp();
                rest * (inverse + 1.0) / (inverse - 1.0)
            }
        }
    }

    /// Time, in units of `tau`, until the potential rises from below or at `threshold` through it;
    /// infinite if it never does.
    pub(super) fn time_to_spike(self, potential: f64, input: f64, threshold: f64) -> f64 {
        let never = f64::INFINITY;
        let way = threshold - potential;
        let time = match self {
            Self::Leaky if input > threshold => (way / (input - threshold)).ln_1p(),
            Self::Leaky => never,
            Self::Quadratic if input > 0.0 => {
                let rate = input.sqrt();
                (rate * way).atan2(input + threshold * potential) / rate
            }
            Self::Quadratic if input == 0.0 => {
                if potential > 0.0 || threshold < 0.0 {
                    way / (potential * threshold)
                } else {
                    never
                }
            }
            Self::Quadratic => {
                // between the two states of rest the potential falls, and from below it stops at the lower one
                let rest = (-input).sqrt();
                if potential > rest || threshold < -rest {
                    let ratio = 2.0 * rest * way / ((potential - rest) * (threshold + rest));
                    ratio.ln_1p() / (2.0 * rest)
                } else {
                    never
                }
            }
        };
        time.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_a_spike_leads_to_the_threshold() {
        let cases = [
            (SpikingNeuron::Leaky, 0.2, 1.5, 1.0),
            (SpikingNeuron::Leaky, -3.0, 1.1, 1.0),
            (SpikingNeuron::Quadratic, -2.0, 0.7, 5.0),
            (SpikingNeuron::Quadratic, 0.5, 0.0, 4.0),
            (SpikingNeuron::Quadratic, 1.2, -1.0, 6.0),
            (SpikingNeuron::Quadratic, -5.0, -1.0, -2.0),
        ];
        for (neuron, start, input, threshold) in cases {
            let time = neuron.time_to_spike(start, input, threshold);
            let there = neuron.potential(start, input, time);
            assert!((there - threshold).abs() < 1e-12, "{neuron:?}: {there}");
            // the slope of the closed form is the drift
            let (a, b) = (0.3 * time - 1e-5, 0.3 * time + 1e-5);
            let [a, b] = [a, b].map(|time| neuron.potential(start, input, time));
            let middle = neuron.potential(start, input, 0.3 * time);
            let slope = (b - a) / 2e-5;
            assert!((slope - neuron.drift(middle, input)).abs() < 1e-6 * slope.abs().max(1.0));
        }
        for (neuron, start, input, threshold) in [
            (SpikingNeuron::Leaky, 0.0, 1.0, 1.0),
            (SpikingNeuron::Quadratic, 0.9, -1.0, 3.0),
            (SpikingNeuron::Quadratic, -3.0, -1.0, 3.0),
            (SpikingNeuron::Quadratic, -3.0, 0.0, 3.0),
        ] {
            assert_eq!(neuron.time_to_spike(start, input, threshold), f64::INFINITY);
        }
        // at rest as well as the numbers can say, from there by pulses that cancel, and one number below
        for rest in [2.0_f64, 3.0, 0.1, 7.3].map(f64::sqrt) {
            for start in [
                -rest,
                -rest + 0.5 - 0.5,
                (-rest).next_down(),
                (-rest).next_up(),
                rest,
            ] {
                let found = SpikingNeuron::Quadratic.time_to_spike(start, -rest * rest, 3.0);
                let next =
                    SpikingNeuron::Quadratic.time_to_spike(start, -(rest * rest).next_up(), 3.0);
                assert!(
                    found == f64::INFINITY && next == f64::INFINITY || start == rest,
                    "{start}"
                );
            }
        }
        // as the input vanishes from either side, 1/V - 1/threshold
        for input in [1e-30, -1e-30, 1e-12, -1e-12, 0.0] {
            let time = SpikingNeuron::Quadratic.time_to_spike(1.0, input, 2.0);
            assert!((time - 0.5).abs() < 1e-12, "{input}: {time}");
            let there = SpikingNeuron::Quadratic.potential(1.0, input, 0.5);
            assert!((there - 2.0).abs() < 1e-11, "{input}: {there}");
        }
        let settled = SpikingNeuron::Quadratic.potential(0.9, -1.0, 1e4);
        assert!((settled + 1.0).abs() < 1e-15);
    }
}
