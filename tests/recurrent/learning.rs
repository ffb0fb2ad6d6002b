//! Rules of learning, and what they achieve.

use std::convert::Infallible;

use pulsatrix::networks::deep::DifferentiableModel;
use pulsatrix::networks::recurrent::{
    ElmanNetwork, ElmanShape, Gradient, Sequences, StartWeights, Unrolled,
};
use pulsatrix::numerics::random::stream;
use pulsatrix::probes::{VecaProbe, along_descent, veca};
use pulsatrix::solver::{Options, Save};
use pulsatrix::training::flow::{Descent, FlowMethod, GradientFlow, Squared, follow};
use pulsatrix::training::recurrent::{
    AlterableRate, MomentumForm, SequenceOptions, SequenceRule, SequenceTask, SequenceTrainer,
    StateRule,
};
use rand::RngExt;

fn square(x: &[f64]) -> Result<(f64, Vec<f64>), Infallible> {
    Ok((x[0] * x[0], vec![2.0 * x[0]]))
}

/// `perf = x^2` from 1 at the rate 0.1, by hand.
#[test]
fn an_alterable_rate_takes_the_steps_of_the_printed_formula() {
    let rule = AlterableRate {
        rate: 0.1,
        ..AlterableRate::default()
    };
    let (mut x, mut state) = ([1.0], rule.begin(1.0, vec![2.0]));
    let mut course = Vec::new();
    for step in 0..8 {
        let kept = rule.step(&mut state, &mut x, square).unwrap();
        assert_eq!(kept, step != 3);
        if step == 3 {
            assert!((state.rate() - 0.081_033_75).abs() < 1e-15);
            assert!((x[0] - 0.117_913_681).abs() < 1e-9);
        } else {
            course.push(x[0]);
        }
    }
    let expected = [
        0.82,
        0.503_02,
        0.117_913_681,
        0.100_714_703,
        0.069_810_785,
        0.030_770_883,
        -0.009_560_756,
    ];
    for (found, expected) in course.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{course:?}");
    }
}

/// The other reading: x = 1 - 0.1 * 0.1 * 2, and a plain step after one that is taken back.
#[test]
fn the_toolbox_reads_momentum_in_another_way() {
    let rule = AlterableRate {
        rate: 0.1,
        form: MomentumForm::Toolbox,
        ..AlterableRate::default()
    };
    let (mut x, mut state) = ([1.0], rule.begin(1.0, vec![2.0]));
    rule.step(&mut state, &mut x, square).unwrap();
    assert!((x[0] - 0.98).abs() < 1e-15);
    // 0.9 * -0.02 - 0.1 * 0.105 * 1.96
    rule.step(&mut state, &mut x, square).unwrap();
    assert!((x[0] - 0.941_42).abs() < 1e-15);
    // a rate that throws x away is taken back; next comes 0.9 * (-lr g) - 0.1 lr g = -lr g
    let rule = AlterableRate { rate: 30.0, ..rule };
    let (mut x, mut state) = ([1.0], rule.begin(1.0, vec![2.0]));
    assert!(!rule.step(&mut state, &mut x, square).unwrap());
    assert!((x[0] - 1.0).abs() < 1e-15 && (state.rate() - 21.0).abs() < 1e-13);
    let mut next = f64::NAN;
    let _ = rule.step(&mut state, &mut x, |x| {
        next = x[0];
        square(x)
    });
    assert!(
        (next - (1.0 - 0.9 * 42.0 - 0.1 * 42.0)).abs() < 1e-12,
        "{next}"
    );
}

#[test]
fn an_alterable_rate_refuses_what_it_cannot_use() {
    let rule = AlterableRate::default();
    for (rule, what) in [
        (AlterableRate { rate: 0.0, ..rule }, "rate"),
        (
            AlterableRate {
                momentum: 1.0,
                ..rule
            },
            "momentum",
        ),
        (
            AlterableRate {
                momentum: 0.0,
                ..rule
            },
            "printed form",
        ),
        (
            AlterableRate {
                increase: 0.5,
                ..rule
            },
            "increase",
        ),
        (
            AlterableRate {
                decrease: 1.0,
                ..rule
            },
            "decrease",
        ),
        (
            AlterableRate {
                tolerated: 0.9,
                ..rule
            },
            "tolerated",
        ),
    ] {
        let said = rule.check().unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
}

/// Random bits, and 1 where the last two were 1: the demonstration of MATLAB's Elman networks.
fn last_two_were_one(steps: usize, count: usize, seed: u64) -> SequenceTask {
    let bits: Vec<Vec<f64>> = (0..count)
        .map(|s| {
            let mut random = stream(seed, "bits", s as u64);
            (0..steps)
                .map(|_| f64::from(u8::from(random.random::<bool>())))
                .collect()
        })
        .collect();
    SequenceTask {
        inputs: Sequences::from_fn(1, steps, count, |_, k, s| bits[s][k]),
        targets: Sequences::from_fn(1, steps, count, |_, k, s| {
            if k == 0 {
                0.0
            } else {
                bits[s][k] * bits[s][k - 1]
            }
        }),
        skip: 0,
    }
}

#[test]
fn the_demonstration_of_matlab_is_learnt_by_every_gradient() {
    let network = ElmanNetwork::new(ElmanShape::new(1, 6, 1)).unwrap();
    let (task, tests) = (last_two_were_one(40, 20, 1), last_two_were_one(40, 20, 2));
    for gradient in [Gradient::Static, Gradient::Truncated(2), Gradient::Full] {
        let options = SequenceOptions {
            gradient,
            rule: SequenceRule::Adam { rate: 0.02 },
            ..SequenceOptions::default()
        };
        let start = network.initial(StartWeights::default(), 3);
        let mut trainer = SequenceTrainer::new(start, options).unwrap();
        for _ in 0..400 {
            trainer.epoch(&network, &task).unwrap();
        }
        let pass = network
            .pass(trainer.parameters(), &tests.inputs, None)
            .unwrap();
        let given = pass.outputs().values().iter().zip(tests.targets.values());
        let right = given.filter(|(y, t)| (**y > 0.5) == (**t > 0.5)).count();
        assert_eq!(right, 800, "{gradient:?}");
    }
}

fn small_task() -> (ElmanNetwork, SequenceTask, Vec<f64>) {
    let network = ElmanNetwork::new(ElmanShape::new(1, 3, 1)).unwrap();
    let start = network.initial(StartWeights::default(), 5);
    (network, last_two_were_one(12, 4, 7), start)
}

#[test]
fn pieces_carry_their_state_or_begin_anew() {
    let (network, task, start) = small_task();
    let options = |piece, state| SequenceOptions {
        piece,
        state,
        ..SequenceOptions::default()
    };
    let of = |options: SequenceOptions| options.gradient(&network, &start, &task).unwrap();
    let whole = of(options(None, StateRule::Carry));
    let carried = of(options(Some(4), StateRule::Carry));
    let reset = of(options(Some(4), StateRule::Reset));
    // values know the whole past if they are carried, gradients do not
    assert!((carried.0 - whole.0).abs() < 1e-15);
    assert!(carried.1 != whole.1);
    assert!((reset.0 - whole.0).abs() > 1e-6);
    // pieces of one step carry a state that no error follows: the static gradient
    let ones = of(options(Some(1), StateRule::Carry));
    let fixed = SequenceOptions {
        gradient: Gradient::Static,
        ..SequenceOptions::default()
    };
    let fixed = of(fixed);
    for (a, b) in ones.1.iter().zip(&fixed.1) {
        assert!((a - b).abs() < 1e-14);
    }
    // a start that does not count
    let late = SequenceTask {
        skip: 5,
        ..task.clone()
    };
    let loss = SequenceOptions::default()
        .loss(&network, &start, &late)
        .unwrap();
    let pass = network.pass(&start, &task.inputs, None).unwrap();
    let errors = pass.outputs().values() - task.targets.values();
    let expected = errors.columns(20, 28).norm_squared() / 28.0;
    assert!((loss - expected).abs() < 1e-15);
}

/// A trainer that was written down and read back goes on bit for bit.
#[cfg(feature = "experiment")]
#[test]
fn a_training_goes_on_bit_for_bit() {
    let (network, task, start) = small_task();
    for rule in [SequenceRule::default(), SequenceRule::Adam { rate: 0.01 }] {
        let options = SequenceOptions {
            rule,
            ..SequenceOptions::default()
        };
        let mut whole = SequenceTrainer::new(start.clone(), options).unwrap();
        let mut broken = whole.clone();
        for epoch in 0..60 {
            whole.epoch(&network, &task).unwrap();
            broken.epoch(&network, &task).unwrap();
            if epoch % 17 == 0 {
                let text = serde_json::to_string(&broken).unwrap();
                broken = serde_json::from_str(&text).unwrap();
            }
        }
        assert_eq!(whole, broken);
        assert!(whole.losses()[59] < whole.losses()[0]);
    }
}

#[test]
fn a_rate_that_is_too_large_is_taken_back_or_named() {
    let (network, task, start) = small_task();
    let train = |rule| {
        let options = SequenceOptions {
            rule,
            ..SequenceOptions::default()
        };
        let mut trainer = SequenceTrainer::new(start.clone(), options)?;
        for _ in 0..50 {
            trainer.epoch(&network, &task)?;
        }
        Ok::<_, pulsatrix::training::flow::FlowError>(trainer)
    };
    let wild = AlterableRate {
        rate: 1e200,
        ..AlterableRate::default()
    };
    let trainer = train(SequenceRule::AlterableRate(wild)).unwrap();
    assert_eq!(trainer.parameters(), start);
    let said = train(SequenceRule::Adam { rate: 1e3 })
        .unwrap_err()
        .to_string();
    assert!(said.contains("choose a smaller rate"), "{said}");
}

/// The unrolled network is a model like any other: flow, descent and probes take it.
#[test]
fn flow_descent_and_probes_run_on_the_unrolled_network() {
    let (network, task, start) = small_task();
    let model = Unrolled::new(network, 12).unwrap();
    let (inputs, targets) = (task.inputs.to_rows(), task.targets.to_rows());
    let flow = GradientFlow::new(&model, &inputs, &targets, &Squared).unwrap();
    let options = Options::with_tolerance(1e-8);
    let [a, b] = [FlowMethod::KernelExponential, FlowMethod::Dop853].map(|method| {
        let run = follow(&flow, &start, 0.5, method, &options, &Save::Last).unwrap();
        run.last().to_vec()
    });
    for (a, b) in a.iter().zip(&b) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    // plain descent with 1000 steps of 5e-4 is the flow to first order
    let mut descended = start.clone();
    let rule = Descent::Plain { rate: 5e-4 };
    let probe = VecaProbe::last_hidden(inputs.clone());
    let seen = along_descent(&flow, &mut descended, rule, (1000, 250), &probe).unwrap();
    assert_eq!(seen.len(), 4);
    let states = model.network().pass(&start, &task.inputs, None).unwrap();
    let expected = veca(&states.states().to_rows()).unwrap();
    assert_eq!(seen[0].1, expected);
    for (a, b) in descended.iter().zip(&b) {
        assert!((a - b).abs() < 2e-3, "{a} {b}");
    }
    let layers = model
        .hidden_layers()
        .unwrap()
        .layer_weights(&start)
        .unwrap();
    assert_eq!(layers[0].matrix.shape(), (3, 4));
    assert_eq!(layers[1].matrix.shape(), (1, 3));
}
