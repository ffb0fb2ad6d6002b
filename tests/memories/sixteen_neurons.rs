//! The claim at full size: all 65,535 memories of sixteen equal neurons.

use pulsatrix::analysis::{
    Atlas, AtlasSettings, Certificate, Criteria, ReferenceNetwork, Settling, certify,
};
use pulsatrix::networks::{Cue, ImpulseNetwork, ImpulseParameters};
use pulsatrix::solver::Options;

/// By symmetry sixteen patterns stand for all of them, one for each number of active neurons. Brute
/// force certifies every pattern by itself, and must find the same period, margin and multipliers; both
/// agree with the closed form.
#[test]
fn symmetry_and_brute_force_agree_on_every_pattern() {
    let (a, b, c, h, m) = (1.0, 0.03, -270.5, 2.91, 16_usize);
    let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(m, a, b, c, h)).unwrap();
    let class = |k: usize| -> Certificate {
        let state: Vec<f64> = (0..m).map(|j| if j < k { -1.0 } else { c }).collect();
        certify(&network, &state, 4).unwrap()
    };
    let classes: Vec<Certificate> = (1..=m).map(class).collect();
    let settings = AtlasSettings {
        cue: Cue::default(),
        settling: Settling {
            criteria: Criteria {
                tolerance: 1e-11,
                synchrony: 1e-6,
            },
            maximum_time: 1e4,
        },
        options: Options::default(),
        certify: true,
        prove: false,
        trap: false,
        seed: 1,
    };
    let atlas = Atlas::explore(&network, settings, &|| {}).unwrap();
    assert_eq!(atlas.patterns.len(), 65_535);
    assert_eq!(atlas.memories(), 65_535);
    let reference = ReferenceNetwork::new(a, b, c, h).unwrap();
    for record in &atlas.patterns {
        let class = &classes[record.k - 1];
        let exact = reference.cycle(record.k).unwrap();
        assert_eq!(record.settles_in.as_ref(), Some(&record.pattern));
        let period = record.period.unwrap();
        assert!((period - class.period).abs() < 1e-9, "{record:#?}");
        assert!((period - exact.period).abs() < 1e-8, "{record:#?}");
        let leading = record.leading_multiplier.unwrap();
        assert!((leading - class.leading).abs() < 1e-7, "{record:#?}");
        let synchrony = exact.synchrony_multiplier.map_or(0.0, f64::abs);
        let silent = if record.k < m {
            exact.silent_multiplier
        } else {
            0.0
        };
        assert!(
            (leading - synchrony.max(silent)).abs() < 1e-6,
            "{record:#?}"
        );
        if record.k < m {
            let top = record.silent_maximum.unwrap();
            assert!(
                (top + class.silent_margin.unwrap()).abs() < 1e-8,
                "{record:#?}"
            );
            assert!((top - exact.silent_maximum).abs() < 1e-7, "{record:#?}");
        }
    }
}
