//! Recall by impulse networks with programmed inhibition, against what the rule predicts.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

use pulsatrix::analysis::{
    AssociativeMemory, Corruption, Criteria, CueLevels, ImpulseMemory, Settling, recall,
};
use pulsatrix::networks::{
    Coupling, ImpulseNetwork, ImpulseParameters, maximal_cliques, programmed_weights,
    sparse_patterns,
};
use pulsatrix::solver::Options;

fn network(patterns: &[Vec<bool>], within: f64) -> ImpulseNetwork {
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

fn shown(pattern: &[bool]) -> CueLevels {
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
        let mut lost = 0;
        for code in 1..256u32 {
            let start: Vec<bool> = (0..8).map(|j| code >> j & 1 == 1).collect();
            match memory.answer(&shown(&start)).pattern {
                Some(end) => assert!(allowed.contains(&end), "{seed}: {start:?} -> {end:?}"),
                None => lost += 1,
            }
        }
        println!(
            "seed {seed}: {} cliques, {lost} of 255 starts unsettled",
            allowed.len()
        );
    }
}

/// Missing bits are filled in: nobody inhibits the missing members of a pattern.
#[test]
fn disjoint_patterns_are_completed() {
    let patterns: Vec<Vec<bool>> = ["11100000", "00011100"]
        .map(|text| text.bytes().map(|bit| bit == b'1').collect())
        .to_vec();
    let network = network(&patterns, 0.0);
    let point = recall(
        &memory(&network),
        &patterns,
        Corruption::Missing,
        2.0,
        60,
        1,
    );
    println!("{point:?}");
    assert!(point.probability > 0.95);
}
