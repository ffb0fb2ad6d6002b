//! The kind `partition`: its reports hold the known answers, its runs agree with their plans, and what it refuses.

use pulsatrix::experiment::partition::study::{Findings, PartitionStudy};
use pulsatrix::experiment::{ModelFile, Silent, Study, read};

fn model(name: &str, changes: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    model
}

fn findings(name: &str, changes: &[&str]) -> Findings {
    let study = model(name, changes).study::<PartitionStudy>();
    let study = study.map_err(|error| error.to_string()).unwrap();
    study.find(&Silent).unwrap()
}

/// Less of it for tests in the profile of development.
const SMALL: &str = "run.divisor=4";

#[test]
fn the_report_of_yolo_holds_the_known_answers() {
    let found = findings("partition-yolov2", &[SMALL]);
    assert_eq!(found.plan, "o.o.fso.fso.fsfso.fsfsofs.i..fs.");
    assert!((found.communication - 94_415_338.333).abs() < 1e-3);
    assert_eq!(found.communication_all_lop, Some(124_504_387.5));
    assert_eq!(found.communication_all_lop_reuse, Some(115_262_787.5));
    assert!((1e-6 * found.memory_bytes - 43.416).abs() < 5e-4);
    assert!((1e-6 * found.memory_bytes_alone - 255.520).abs() < 5e-4);
    assert!([7, 8].contains(&found.breakpoint));
    let sum: f64 = found.layers.iter().map(|layer| layer.cost).sum();
    assert!((sum - found.communication).abs() < 1e-3);
    let tiled = found.tiled.unwrap();
    assert!((tiled.saved - 0.2880).abs() < 5e-5);
    for run in [found.run.unwrap(), found.run_tiled.unwrap()] {
        assert_eq!(run.sent, run.planned);
        assert!(run.difference < 1e-12, "{:e}", run.difference);
        for (held, planned) in run.held.iter().zip(&run.planned_memory) {
            assert!(held >= planned);
        }
    }
}

#[test]
fn own_layers_are_planned_and_run() {
    for (ranks, plan, communication) in
        [(2, "ofs", 1818.0), (4, "ofs", 5454.0), (8, "ofs", 12726.0)]
    {
        let ranks = format!("cluster.ranks={ranks}");
        let found = findings("partition-mlp", &[&ranks]);
        assert_eq!(
            (found.plan.as_str(), found.communication),
            (plan, communication)
        );
        let run = found.run.unwrap();
        assert_eq!(run.sent, run.planned);
        assert!(run.difference < 1e-12);
    }
    let ring = findings(
        "partition-mlp",
        &["cluster.topology=ring", "run.numbers=f32"],
    );
    let run = ring.run.unwrap();
    assert_eq!(run.sent, run.planned);
    assert!(run.difference < 1e-5, "{:e}", run.difference);
    let unequal = findings(
        "partition-mlp",
        &["cluster.ranks=2", "cluster.memory_bytes=[6e6,2e7]"],
    );
    assert!(unequal.memory_bytes_of_ranks[1] > 2.0 * unequal.memory_bytes_of_ranks[0]);
    assert!(unequal.run.unwrap().difference < 1e-12);
}

/// Memory is counted in the numbers of the run, and decides how a layer is cut.
#[test]
fn memory_is_counted_in_the_numbers_of_the_run() {
    let cap = "cluster.memory_bytes=3.735e6";
    let double = findings("partition-mlp", &[cap]);
    assert_eq!(double.plan, "fsi");
    let run = double.run.unwrap();
    assert_eq!((run.plan.as_str(), &run.sent), ("fsi", &run.planned));
    assert!(run.difference < 1e-12);
    assert_eq!(double.memory_bytes_of_ranks[0], 8.0 * (465_408.0 + 1280.0));
    let single = findings("partition-mlp", &[cap, "run.numbers=f32"]);
    assert_eq!(single.plan, "ofs");
    assert_eq!(single.memory_bytes_of_ranks[0], 4.0 * (465_408.0 + 1808.0));
}

#[test]
fn the_model_predicts_no_gain_that_bytes_do_not_allow() {
    let found = findings("partition-yolov2", &["run.execute=false"]);
    let six: Vec<_> = found
        .times
        .iter()
        .filter(|time| time.plan.ranks == 6)
        .collect();
    assert_eq!(six.len(), 3);
    for time in six {
        let (reuse, without) = time.over_outputs.unwrap();
        // 124.5 and 115.3 million elements to 94.4 million, and fewer messages
        assert!(reuse > 1.0 && reuse < 1.25, "{reuse}");
        assert!(without > reuse && without < 1.35, "{without}");
    }
}

#[test]
fn what_cannot_be_shared_is_refused_with_its_place() {
    for (name, change, what) in [
        ("partition-mlp", "cluster.ranks=2000", "2000 ranks"),
        ("partition-mlp", "cluster.ranks=0", "at least 1"),
        (
            "partition-mlp",
            "cluster.shares=[1,2]",
            "2 numbers for 4 ranks",
        ),
        (
            "partition-mlp",
            "cluster.memory_bytes=2e6",
            "layer 1 (dense 1024-1024) does not fit on rank 0",
        ),
        (
            "partition-mlp",
            "cluster.memory_bytes=3.72e6",
            "layer 2 (dense 1024-10)",
        ),
        ("partition-mlp", "cluster.link_mbit_s=-1", "link_mbit_s"),
        ("partition-mlp", "cluster.topology=star", "unknown choice"),
        (
            "partition-mlp",
            "network.name=vgg16",
            "both of `name` and `layers`",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",outputs=3}]",
            "nothing says what the first layer sees",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=9}]",
            "no `outputs`",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=9,outputs=8},{kind=\"dense\",inputs=9,outputs=8}]",
            "layer 1 says 9 inputs and sees 8",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=9,outputs=3},{kind=\"dense\",outputs=3}]",
            "layer 1 (dense 3-3) cannot be shared by 4 ranks",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=100000,outputs=100000}]",
            "weights and maps of the run would take",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=1000000000,outputs=1000000000}]",
            "products at most",
        ),
        (
            "partition-mlp",
            "network.layers=[{kind=\"dense\",inputs=9,outputs=8,activation=\"softmax\"}]",
            "softmax",
        ),
        (
            "partition-yolov2",
            "tiles.breakpoint=17",
            "layer 16 (c3 256-512@38)",
        ),
        ("partition-yolov2", "tiles.rows=99", "leaves tiles"),
        (
            "partition-yolov2",
            "cluster.topology=ring",
            "tiles are sent out",
        ),
        ("partition-yolov2", "network.name=yolov3", "unknown choice"),
        (
            "partition-yolov2",
            "run.divisor=1000000",
            "cannot be shared by 6 ranks",
        ),
    ] {
        let refused = read(&model(name, &[change])).err();
        let said = refused.map_or_else(String::new, |error| error.to_string());
        assert!(said.contains(what), "{name} {change}: {said}");
    }
}
