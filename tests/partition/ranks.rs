//! Unequal ranks, memory, and the time of a run.

use pulsatrix::networks::Activation;
use pulsatrix::partition::{
    Bound, Chain, Links, PartitionError, Plan, PlanOptions, Published, Ranks, Tiling, Topology,
};

fn dense(widths: &[usize]) -> Chain {
    Chain::dense(widths, Activation::Relu).unwrap()
}

#[test]
fn plans_of_whole_slices_are_those_of_the_source() {
    // Where slices are equal; where they are not, rank 0 sends what is not its own.
    let ranks = Ranks::equal(6).unwrap();
    for (name, plan, elements) in [
        (
            Published::Yolov2,
            "o.o.fso.fso.fsfso.fsfsofs.i..fs.",
            94_415_338_i64,
        ),
        (Published::Vgg16, ".fs.fs.ofs.ofs.ofs.", 45_409_280),
        (Published::Alexnet, "o.o.ofs.", 2_277_495),
    ] {
        let chain = name.chain().unwrap();
        let found = Plan::cheapest(chain, ranks.clone(), PlanOptions::default()).unwrap();
        assert_eq!(found.letters(), plan);
        let difference = found.communication() as i64 - elements;
        // Remainders of slices: up to five channels of a map for each of a few layers.
        assert!(difference.abs() < elements / 100, "{name:?}: {difference}");
    }
}

#[test]
fn memory_is_shared_by_the_shares() {
    let memory = vec![f64::INFINITY; 2];
    let ranks = Ranks::new(vec![3.0, 1.0], memory, vec![1e9; 2]).unwrap();
    let plan = Plan::of_letters(dense(&[8, 16, 8]), ranks, "fs", PlanOptions::default()).unwrap();
    assert_eq!(plan.made_slices(0), [0..12, 12..16]);
    let held = [plan.memory(0), plan.memory(1)];
    assert_eq!(held.map(|held| held.weights), [192, 64]);
    assert_eq!(held.map(|held| held.maps), [8 + 12, 8 + 4]);
    // 12 of 16 hidden units: 3/4 of the work
    assert_eq!(plan.work(0), [96, 96]);
    assert_eq!(plan.work(1), [32, 32]);
}

#[test]
fn what_does_not_fit_is_named() {
    let memory = vec![f64::INFINITY, 4.0 * 300.0];
    let ranks = Ranks::new(vec![1.0; 2], memory, vec![1e9; 2]).unwrap();
    let chain = dense(&[8, 16, 8, 64]);
    let plan = Plan::of_letters(chain, ranks, "fso", PlanOptions::default()).unwrap();
    // 64 + 64 weights and 24 numbers of maps up to layer 1, 256 weights more at layer 2
    let error = plan.check_memory(4).unwrap_err();
    match &error {
        PartitionError::DoesNotFit {
            layer,
            rank,
            needed,
            ..
        } => assert_eq!((*layer, *rank, *needed), (2, 1, 4.0 * (384.0 + 40.0))),
        other => panic!("{other}"),
    }
    let text = error.to_string();
    assert!(
        text.contains("dense 8-64") && text.contains("rank 1"),
        "{text}"
    );
}

#[test]
fn a_rank_without_work_is_refused() {
    let too_many = |widths: &[usize], ranks: usize| {
        Plan::cheapest(
            dense(widths),
            Ranks::equal(ranks).unwrap(),
            PlanOptions::default(),
        )
    };
    // ten outputs for sixteen ranks: by inputs they can be cut
    assert_eq!(too_many(&[784, 128, 10], 16).unwrap().letters(), "ii");
    let error = too_many(&[784, 8, 10], 16).unwrap_err();
    assert!(
        error.to_string().contains("layer 1 (dense 8-10)"),
        "{error}"
    );
    let chain = dense(&[784, 8, 10]);
    let options = PlanOptions {
        whole: true,
        ..PlanOptions::default()
    };
    let whole = Plan::cheapest(chain, Ranks::equal(16).unwrap(), options).unwrap();
    assert_eq!(whole.letters(), "ww");
    let letters = Plan::of_letters(
        dense(&[784, 128, 10]),
        Ranks::equal(16).unwrap(),
        "oo",
        PlanOptions::default(),
    );
    assert!(matches!(
        letters,
        Err(PartitionError::TooManyRanks { layer: 1, .. })
    ));
}

#[test]
fn letters_are_checked() {
    for (letters, layer) in [
        ("ofo", 1),
        ("soo", 0),
        ("ooo.", 9),
        ("o.o", 1),
        ("oxo", 1),
        ("oof", 2),
        ("owo", 1),
    ] {
        let chain = dense(&[8, 8, 8, 8]);
        let found = Plan::of_letters(
            chain,
            Ranks::equal(2).unwrap(),
            letters,
            PlanOptions::default(),
        );
        match found.unwrap_err() {
            PartitionError::Letter { layer: found, .. } => assert_eq!(found, layer, "{letters}"),
            PartitionError::Length { .. } => assert_eq!(layer, 9),
            other => panic!("{letters}: {other}"),
        }
    }
}

#[test]
fn time_by_hand() {
    // 3 ranks, fs of 6-12-6: 72 + 72 multiply-adds a 3rd each; 6 * 2 in, 6 * 2 out, two messages each way
    let ranks = Ranks::new(vec![1.0; 3], vec![f64::INFINITY; 3], vec![8.0; 3]).unwrap();
    let plan = Plan::of_letters(dense(&[6, 12, 6]), ranks, "fs", PlanOptions::default()).unwrap();
    let links = Links {
        bandwidth: 12.0,
        latency: 0.5,
        bytes: 4,
    };
    let found = links.predict(&plan);
    assert_eq!(found.operations, 6.0);
    assert_eq!(found.bandwidth, 24.0 * 4.0 / 12.0);
    assert_eq!(found.latency, 2.0);
    assert_eq!((found.seconds(), found.bound()), (16.0, Bound::Bandwidth));
    // In a ring: the input once (12 elements, 2 messages), 2 K (N - 1) = 24 elements in 4 steps of 3 messages
    let options = PlanOptions {
        topology: Topology::Ring,
        ..PlanOptions::default()
    };
    let plan = Plan::of_letters(dense(&[6, 12, 6]), plan.ranks().clone(), "fs", options).unwrap();
    assert_eq!(plan.communication(), 36);
    let found = links.predict(&plan);
    assert_eq!(found.bandwidth, 36.0 / 3.0 * 4.0 / 12.0);
    assert!((found.latency - 14.0 / 3.0 * 0.5).abs() < 1e-15);
}

#[test]
fn the_fastest_plan_is_no_slower_than_others() {
    let chain = Published::Alexnet.chain().unwrap();
    for bandwidth in [1e5, 1e7, 1e9] {
        let links = Links {
            bandwidth,
            latency: 1e-3,
            bytes: 4,
        };
        let ranks = Ranks::equal(6).unwrap();
        let fastest = links.fastest(chain.clone(), ranks.clone()).unwrap();
        let least = Plan::cheapest(chain.clone(), ranks.clone(), PlanOptions::default()).unwrap();
        let alone = Plan::cheapest(chain.clone(), ranks.first(1), PlanOptions::default()).unwrap();
        let seconds = links.predict(&fastest).seconds();
        // picoseconds are rounded
        assert!(seconds <= links.predict(&least).seconds() + 1e-9);
        assert!(seconds <= links.predict(&alone).seconds() + 1e-9);
    }
    // Behind a slow link nothing is worth sending.
    let links = Links {
        bandwidth: 1.0,
        latency: 1.0,
        bytes: 4,
    };
    let plan = links.fastest(chain, Ranks::equal(6).unwrap()).unwrap();
    assert_eq!(
        (plan.letters().as_str(), plan.communication()),
        ("w.w.www.", 0)
    );
}

#[test]
fn tiles_that_cannot_be_are_refused() {
    let yolo = Published::Yolov2.chain().unwrap();
    let at = |breakpoint, rows, columns| {
        let tiling = Tiling {
            breakpoint,
            rows,
            columns,
        };
        tiling.tiles(&yolo).map(|tiles| tiles.len())
    };
    assert_eq!(at(12, 3, 3), Ok(9));
    // the output of layer 16 is read by the route behind layer 24
    assert!(at(17, 2, 2).is_err());
    assert!(at(0, 2, 2).is_err() && at(40, 2, 2).is_err());
    assert!(at(12, 50, 1).is_err() && at(12, 0, 1).is_err());
}
