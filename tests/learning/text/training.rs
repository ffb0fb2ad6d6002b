//! Training by mini-batches, and its interruption.

use nalgebra::DMatrix;
use pulsatrix::networks::text::TextNetwork;
use pulsatrix::training::flow::{
    BatchOptions, BatchState, Descent, EarlyStopped, EarlyStopping, GradientFlow, LogProbability,
    MiniBatches,
};

use super::{architecture, separable, targets};

/// The class of a text is the word that it starts with or not; order matters, so no bag of words could tell.
#[test]
fn mini_batches_learn_the_order_of_words_bit_for_bit() {
    let inputs = DMatrix::from_fn(40, 6, |text, position| {
        let (first, second) = if text % 2 == 0 { (2, 3) } else { (3, 2) };
        match position {
            1 => first as f64,
            2 => second as f64,
            _ => (4 + (text + 3 * position) % 7) as f64,
        }
    });
    let targets = targets(40, 1);
    let network = TextNetwork::new(architecture(8, vec![separable(3, 12)], 3, 1)).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let flow = GradientFlow::new(&network, &inputs, &targets, &LogProbability).unwrap();
            let options = BatchOptions {
                rule: Descent::Adam { rate: 0.02 },
                batch: 20,
                ..BatchOptions::default()
            };
            let mut batches = MiniBatches::new(&flow, network.initial(1), options).unwrap();
            (0..60).for_each(|_| {
                batches.epoch().unwrap();
            });
            (
                batches.parameters().to_vec(),
                flow.gradient(batches.parameters()).unwrap().0,
            )
        })
    };
    let (weights, loss) = run(1);
    assert!(loss / 40.0 < 0.2, "{loss}");
    assert_eq!(run(2), (weights, loss));
}

/// Kept as text in the middle of an epoch and of its patience, a training goes on to the bits of an unbroken one, and
/// ends where the rule says: at the least loss of what is held out.
#[test]
fn an_interrupted_training_goes_on_bit_for_bit() {
    let inputs = DMatrix::from_fn(50, 6, |text, position| {
        (2 + (5 * text + 3 * position + text * position) % 9) as f64
    });
    // whether the second word is one of the later half
    let targets = DMatrix::from_fn(50, 1, |text, _| {
        f64::from(u8::from(inputs[(text, 1)] > 5.0))
    });
    let network = TextNetwork::new(architecture(6, vec![separable(3, 8)], 3, 1)).unwrap();
    let part = |from: usize, count: usize| {
        let pick = |of: &DMatrix<f64>| of.rows(from, count).into_owned();
        (pick(&inputs), pick(&targets))
    };
    let (learnt, held) = (part(0, 36), part(36, 14));
    let learnt = GradientFlow::new(&network, &learnt.0, &learnt.1, &LogProbability).unwrap();
    let held = GradientFlow::new(&network, &held.0, &held.1, &LogProbability).unwrap();
    let options = BatchOptions {
        rule: Descent::Adam { rate: 0.02 },
        batch: 10,
        ..BatchOptions::default()
    };
    let stopping = EarlyStopping {
        epochs: 100,
        patience: 4,
        penalty: 1e-3,
        dropout: None,
    };
    let run = |broken: bool| {
        let mut batches = MiniBatches::new(&learnt, network.initial(2), options).unwrap();
        let mut course = EarlyStopped::begin(&batches, &held).unwrap();
        while !course.is_over(stopping) {
            course.advance(&mut batches, &held, stopping).unwrap();
            if broken {
                let kept = serde_json::to_string(&(batches.state(), &course)).unwrap();
                let (state, read): (BatchState, EarlyStopped) =
                    serde_json::from_str(&kept).unwrap();
                batches = MiniBatches::resume(&learnt, state, options).unwrap();
                course = read;
            }
        }
        course
    };
    let course = run(false);
    assert_eq!(run(true), course);
    let (best, least) =
        course
            .held_out_loss
            .iter()
            .enumerate()
            .fold((0, f64::INFINITY), |found, (epoch, loss)| {
                if *loss < found.1 {
                    (epoch + 1, *loss)
                } else {
                    found
                }
            });
    assert_eq!((course.epoch, course.least), (best, least));
    assert_eq!(course.held_out_loss.len(), best + 4, "patience has run out");

    // in the middle of an epoch
    let mut whole = MiniBatches::new(&learnt, network.initial(2), options).unwrap();
    let mut broken = whole.clone();
    for _ in 0..7 {
        whole.step().unwrap();
        broken.step().unwrap();
        broken = MiniBatches::resume(&learnt, broken.state().clone(), options).unwrap();
    }
    assert_eq!(whole.state(), broken.state());
    let plain = BatchOptions {
        rule: Descent::Plain { rate: 0.02 },
        ..options
    };
    let refused = MiniBatches::resume(&learnt, whole.state().clone(), plain);
    let refused = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(refused.contains("another rule"), "{refused}");
}
