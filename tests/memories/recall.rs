//! Recall by impulse networks with programmed inhibition, against what the rule predicts.

use pulsatrix::analysis::{
    AssociativeMemory, Corruption, Criteria, CueLevels, ImpulseMemory, Settling, basins, recall,
};
use pulsatrix::networks::{
    Coupling, ImpulseNetwork, ImpulseParameters, Pattern, maximal_cliques, programmed_weights,
    sparse_patterns,
};
use pulsatrix::solver::Options;

fn network(patterns: &[Pattern], within: f64) -> ImpulseNetwork {
    let mut parameters = ImpulseParameters::homogeneous(patterns[0].len(), 1.0, 0.5, -44.0, 3.3);
    parameters.coupling = Coupling::Weights(programmed_weights(patterns, within).unwrap());
    ImpulseNetwork::new(parameters).unwrap()
}

fn memory(network: &ImpulseNetwork) -> ImpulseMemory<'_> {
    ImpulseMemory {
        network,
        active: -1.0,
        silent: 0.8,
        settling: Settling {
            criteria: Criteria {
                tolerance: 1e-9,
                synchrony: 1e-4,
            },
            maximum_time: 2000.0,
        },
        options: Options::with_tolerance(1e-9),
    }
}

fn shown(pattern: &Pattern) -> CueLevels {
    Corruption::Flipped.apply(pattern, 0.0, 1, 0)
}

/// All 2^8 - 1 starts of eight neurons: only maximal cliques are rested on, and each of them is.
#[test]
fn the_active_sets_are_the_maximal_cliques() {
    for seed in 0..4 {
        let patterns = sparse_patterns(8, 3, 4, seed);
        let network = network(&patterns, 0.0);
        let memory = memory(&network);
        let allowed = maximal_cliques(&patterns, 1000).unwrap();
        for clique in &allowed {
            assert_eq!(memory.answer(&shown(clique)).pattern.as_ref(), Some(clique));
        }
        for code in 1..256 {
            let start = Pattern::from_code(code, 8);
            if let Some(end) = memory.answer(&shown(&start)).pattern {
                assert!(allowed.contains(&end), "{seed}: {start:?} -> {end:?}");
            }
        }
    }
}

/// Missing bits are filled in: nobody inhibits the missing members of a pattern.
#[test]
fn disjoint_patterns_are_completed() {
    let patterns = ["11100000", "00011100"].map(|text| text.parse().unwrap());
    let network = network(&patterns, 0.0);
    let point = recall(
        &memory(&network),
        &patterns,
        Corruption::Missing,
        2.0,
        60,
        1,
    );
    assert!(point.probability > 0.95);
}

/// What is hidden from a digit comes back: the stored digits that are maximal cliques are recalled
/// from their upper half, the others are not among the sets that the inhibition allows.
#[cfg(feature = "experiment")]
#[test]
fn hidden_halves_of_pictures_come_back() {
    let digits = pulsatrix::experiment::LabelledImages::digits().unwrap();
    let patterns: Vec<Pattern> = [0, 1, 2, 3, 4, 7]
        .map(|n| {
            digits
                .images
                .column(n)
                .iter()
                .map(|level| *level >= 0.5)
                .collect()
        })
        .to_vec();
    let network = network(&patterns, 0.0);
    let memory = memory(&network);
    let allowed = maximal_cliques(&patterns, 1000).unwrap();
    for pattern in &patterns {
        let cue = Corruption::Hidden.apply(pattern, 32.0, 1, 0);
        assert!(cue.levels[32..].iter().all(|level| *level == 0.0));
        let recalled = memory.answer(&cue).pattern.as_ref() == Some(pattern);
        assert_eq!(recalled, allowed.contains(pattern));
    }
}

/// Random starts of the programmed network end on active sets that the rule allows, and nowhere else.
#[test]
fn basins_belong_to_the_allowed_sets() {
    let patterns = sparse_patterns(10, 3, 4, 2);
    let network = network(&patterns, 0.0);
    let allowed = maximal_cliques(&patterns, 1000).unwrap();
    let found = basins(&memory(&network), 120, 1);
    let total: usize = found.iter().map(|basin| basin.starts).sum();
    assert_eq!(total, 120);
    for basin in &found {
        if let Some(pattern) = &basin.pattern {
            assert!(allowed.contains(pattern), "{pattern:?}");
        }
    }
    let settled = found.iter().filter(|basin| basin.pattern.is_some());
    assert!(settled.map(|basin| basin.volume).sum::<f64>() > 0.5);
}
