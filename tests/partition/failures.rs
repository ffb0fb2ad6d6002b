//! Ranks that die, messages of a wrong size, inputs that are none.

use std::time::{Duration, Instant};

use pulsatrix::cluster::{Communicator, LinkError, Threads};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::Image;
use pulsatrix::partition::run::{InferenceError, Weights, infer, infer_over};
use pulsatrix::partition::{Chain, Layer, PartitionError, Plan, PlanOptions, Ranks, Topology};

/// What goes wrong with a message.
#[derive(Clone, Copy)]
enum Fault {
    /// The rank ends with a panic.
    Death,
    /// The message is cut short.
    Short,
    /// The rank says nothing any more.
    Silence,
}

/// A link whose rank fails when it sends its message of this number.
struct Faulty {
    inner: Threads,
    fault: Option<(usize, Fault)>,
    sent: usize,
}

impl Communicator for Faulty {
    fn rank(&self) -> usize {
        self.inner.rank()
    }

    fn ranks(&self) -> usize {
        self.inner.ranks()
    }

    fn send(&mut self, to: usize, mut message: Vec<u8>) -> Result<(), LinkError> {
        self.sent += 1;
        match self.fault {
            Some((number, fault)) if number == self.sent => match fault {
                Fault::Death => std::panic::resume_unwind(Box::new("struck")),
                Fault::Short => {
                    message.pop();
                    self.inner.send(to, message)
                }
                Fault::Silence => Ok(()),
            },
            _ => self.inner.send(to, message),
        }
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.inner.receive(from)
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        self.inner.receive_any()
    }
}

/// Runs `ooo` of 8-8-8-8 on three ranks, of which one fails at one of its messages.
fn struck(rank: usize, message: usize, fault: Fault, topology: Topology) -> InferenceError {
    let chain = Chain::dense(&[8, 8, 8, 8], Activation::Relu).unwrap();
    let options = PlanOptions {
        topology,
        ..PlanOptions::default()
    };
    let plan = Plan::of_letters(chain, Ranks::equal(3).unwrap(), "ooo", options).unwrap();
    let weights = Weights::<f64>::random(plan.chain(), 1);
    let patience = match fault {
        Fault::Silence => Duration::from_millis(1500),
        _ => Duration::from_secs(600),
    };
    let links = Threads::linked(3, patience).into_iter();
    let links = links.enumerate().map(|(own, inner)| Faulty {
        inner,
        fault: (own == rank).then_some((message, fault)),
        sent: 0,
    });
    let start = Instant::now();
    let error = infer_over(&plan, &weights, &[1.0; 8], links.collect()).unwrap_err();
    // The patience of ten minutes is never waited for: a test that hung would not end.
    assert!(start.elapsed() < Duration::from_secs(500));
    error
}

#[test]
fn a_rank_that_dies_is_named_with_its_layer() {
    for topology in [Topology::Root, Topology::Ring] {
        let error = struck(2, 2, Fault::Death, topology);
        match &error {
            InferenceError::Died { rank: 2, layer } => {
                let (layer, name) = layer.clone().unwrap();
                assert!(layer <= 1, "{topology:?}: {layer}");
                assert_eq!(name, "dense 8-8");
            }
            other => panic!("{topology:?}: {other}"),
        }
    }
    let error = struck(2, 2, Fault::Death, Topology::Root).to_string();
    assert_eq!(error, "rank 2 has died at layer 1 (dense 8-8)");
}

#[test]
fn a_message_of_a_wrong_size_is_named_with_rank_and_layer() {
    for topology in [Topology::Root, Topology::Ring] {
        let error = struck(1, 1, Fault::Short, topology);
        match &error {
            InferenceError::MessageSize {
                from: 1,
                layer: 0,
                expected: 16,
                found: 15,
                ..
            } => {}
            other => panic!("{topology:?}: {other}"),
        }
    }
}

#[test]
fn silence_ends() {
    // Rank 0 waits for the slice, rank 1 for what rank 0 would send then: whoever has no patience first says so.
    let error = struck(1, 1, Fault::Silence, Topology::Root);
    match &error {
        InferenceError::Link {
            rank: 0 | 1,
            layer: 0,
            source: LinkError::Silent { rank: 0 | 1, .. },
            ..
        } => {}
        other => panic!("{other}"),
    }
}

#[test]
fn what_does_not_fit_the_plan_is_refused() {
    let chain = Chain::dense(&[8, 8, 8], Activation::Relu).unwrap();
    let plan = Plan::cheapest(chain, Ranks::equal(2).unwrap(), PlanOptions::default()).unwrap();
    let weights = Weights::<f64>::random(plan.chain(), 1);
    let found = infer(&plan, &weights, &[1.0; 7]);
    assert!(
        matches!(
            found,
            Err(InferenceError::Input {
                expected: 8,
                found: 7,
                ..
            })
        ),
        "{found:?}"
    );
    let links = Threads::linked(3, Duration::from_secs(10));
    let found = infer_over(&plan, &weights, &[1.0; 8], links);
    assert!(
        matches!(
            found,
            Err(InferenceError::Ranks {
                planned: 2,
                found: 3
            })
        ),
        "{found:?}"
    );
    let other = Chain::dense(&[8, 9, 8], Activation::Relu).unwrap();
    let found = infer(&plan, &Weights::<f64>::random(&other, 1), &[1.0; 8]);
    let expected = InferenceError::Plan(PartitionError::Weights {
        layer: 0,
        name: "dense 8-8".into(),
        found: 72,
        expected: 64,
    });
    assert_eq!(found, Err(expected));
    let found = infer(&plan, &weights, &[f64::MAX; 8]);
    assert!(
        matches!(found, Err(InferenceError::NotFinite { .. })),
        "{found:?}"
    );
}

/// No pooling and no rectifier turns what is no number into one.
#[test]
fn what_is_no_number_reaches_the_output() {
    let image = Image {
        channels: 1,
        height: 2,
        width: 2,
    };
    let layers = vec![Layer::pool(2), Layer::dense(3, Activation::Relu)];
    let chain = Chain::new(image, layers).unwrap();
    let plan = Plan::cheapest(chain, Ranks::equal(1).unwrap(), PlanOptions::default()).unwrap();
    let weights = Weights::<f64>::random(plan.chain(), 1);
    assert!(infer(&plan, &weights, &[1.0, 2.0, 3.0, 4.0]).is_ok());
    for place in 0..4 {
        let mut input = [1.0, 2.0, 3.0, 4.0];
        input[place] = f64::NAN;
        let found = infer(&plan, &weights, &input);
        assert!(
            matches!(found, Err(InferenceError::NotFinite { .. })),
            "{place}: {found:?}"
        );
    }
}
