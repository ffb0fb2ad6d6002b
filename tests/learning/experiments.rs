//! The stories of the gradient-flow experiments, in small.

use pulsatrix::experiment::flow::deep_linear::DeepLinear;
use pulsatrix::experiment::flow::edge::EdgeOfStability;
use pulsatrix::experiment::flow::lazy_rich::LazyToRich;
use pulsatrix::experiment::flow::learning_flows::LearningFlows;
use pulsatrix::experiment::flow::ntk_drift::NtkDrift;
use pulsatrix::experiment::flow::ntk_width::NtkWidth;
use pulsatrix::experiment::flow::orthogonal_speed::OrthogonalSpeed;
use pulsatrix::experiment::{ModelFile, Silent, Study};
use pulsatrix::networks::deep::Initialisation;
use pulsatrix::training::flow::{KernelDrift, Regime};

/// What a shipped model with some settings changed finds.
fn findings<S: Study>(model: &str, changes: &[&str]) -> S::Findings {
    let mut model = ModelFile::open_shipped(model).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let study = model.study::<S>().map_err(|error| error.to_string());
    study.unwrap().find(&Silent).unwrap()
}

#[test]
fn kernels_and_weights_move_less_in_wider_networks() {
    let found = findings::<NtkDrift>(
        "ntk-drift",
        &[
            "network.widths=[32,64,128]",
            "training.steps=150",
            "study.networks=4",
        ],
    );
    let laws = [Initialisation::Gaussian, Initialisation::Orthogonal];
    // the bands of an independent study
    for law in laws {
        for (name, low, high) in [
            ("kernel drift", -1.2, -0.6),
            ("weights, layer 1", -0.65, -0.35),
            ("weights, layer 2", -1.15, -0.85),
            ("weights, layer 3", -1.15, -0.85),
            ("weights, read-out", -0.65, -0.35),
        ] {
            let mut all = found.quantities.iter();
            let quantity = all.find(|q| q.law == law && q.quantity == name).unwrap();
            let slope = quantity.power.unwrap().exponent;
            assert!((low..high).contains(&slope), "{law:?} {name}: {slope}");
        }
    }
    for width in [32, 64, 128] {
        let drift = |law: Initialisation| -> f64 {
            let mut all = found.runs.iter();
            let runs = all
                .find(|runs| runs.law == law && runs.width == width)
                .unwrap();
            runs.networks
                .iter()
                .map(|run: &KernelDrift| run.drift)
                .sum()
        };
        let ratio = drift(laws[0]) / drift(laws[1]);
        assert!((1.0 / 1.6..1.6).contains(&ratio), "{ratio}");
    }
}

/// The drift of convolutional kernels falls with the number of channels as well.
#[test]
fn convolutional_kernels_move_less_with_more_channels() {
    let found = findings::<NtkDrift>(
        "ntk-drift",
        &[
            "data.set=digits",
            "data.examples=8",
            "network.depth=2",
            "network.widths=[8,16,32]",
            "network.convolution.kernel=3",
            "network.convolution.padding=circular",
            "network.convolution.read_out=average",
            "training.steps=60",
            "study.networks=4",
        ],
    );
    let mut all = found.quantities.iter();
    let drift = all.find(|q| q.quantity == "kernel drift").unwrap();
    let slope = drift.power.unwrap().exponent;
    assert!((-1.3..-0.5).contains(&slope), "{slope}");
}

#[test]
fn kernels_of_deep_gaussian_networks_vary_without_bound() {
    let found = findings::<NtkWidth>(
        "ntk-depth",
        &[
            "network.widths=[32]",
            "network.depths=[2,8,32]",
            "study.networks=24",
        ],
    );
    let variation = |law: Initialisation, depth: usize| {
        let mut points = found.points.iter();
        let point = points.find(|p| p.law == law && p.depth == depth).unwrap();
        point.variation
    };
    let (gaussian, orthogonal) = (Initialisation::Gaussian, Initialisation::Orthogonal);
    // Gaussian weights: it grows from depth to depth; orthogonal ones: it does not
    let (shallow, middle, deep) = (2, 8, 32);
    assert!(variation(gaussian, middle) > 1.3 * variation(gaussian, shallow));
    assert!(variation(gaussian, deep) > 1.3 * variation(gaussian, middle));
    assert!(variation(orthogonal, deep) < variation(orthogonal, shallow));
    assert!(variation(orthogonal, deep) < 0.3 * variation(gaussian, deep));
}

#[test]
fn orthogonal_weights_gain_where_deep_and_fast_alone() {
    let found = findings::<OrthogonalSpeed>(
        "orthogonal-speed",
        &[
            "data.examples=50",
            "network.width=30",
            "network.depths=[24]",
            "training.rates=[1e-4,5e-3]",
            "training.steps=60",
            "training.networks=3",
        ],
    );
    let gain = |index: usize| {
        let point = &found.points[index];
        (point.log2_gain.unwrap(), point.log2_gain_error.unwrap())
    };
    let (slow, fast) = (gain(0), gain(1));
    assert!(slow.0 < slow.1, "no gain at a small rate: {slow:?}");
    assert!(fast.0 > 3.0 * fast.1, "a gain at a large one: {fast:?}");
}

#[test]
fn deep_linear_networks_follow_their_closed_form() {
    let found = findings::<DeepLinear>("deep-linear", &["flow.samples=13", "network.layers=[2,3]"]);
    for network in &found.networks {
        assert!(network.largest_error < 1e-7);
        assert!(network.imbalance < 1e-12);
    }
}

#[test]
fn large_outputs_freeze_the_kernel() {
    let found = findings::<LazyToRich>(
        "lazy-to-rich",
        &[
            "flow.scales=[0.3,3,30]",
            "network.width=20",
            "network.networks=1",
            "flow.t_end=50.0",
            "data.tests=20",
        ],
    );
    // Drift of the kernel and distance from the linearised flow fall as 1 / alpha.
    let quantities: [fn(&Regime) -> f64; 2] = [|regime| regime.drift, |regime| regime.nonlinear];
    for quantity in quantities {
        let change: Vec<f64> = found.regimes.iter().map(|r| quantity(&r[0])).collect();
        let slope = (change[2] / change[1]).log10();
        assert!((slope + 1.0).abs() < 0.15, "{change:?}");
        assert!(change[0] > change[1]);
    }
}

#[test]
fn descent_hovers_at_the_edge_and_the_flow_goes_beyond() {
    let found = findings::<EdgeOfStability>("edge-of-stability", &["descent.rates=[0.1,0.75,0.9]"]);
    let late = |course: usize| found.courses[course].seen.late_sharpness();
    let flow = late(3);
    // a small rate follows the flow, larger ones are held at 2 / rate
    assert!((late(0) / flow - 1.0).abs() < 0.02);
    for course in [1, 2] {
        let edge = 2.0 / found.courses[course].rate.unwrap();
        assert!(edge < 0.97 * flow, "{edge} {flow}");
        assert!((late(course) / edge - 1.0).abs() < 0.03, "{course}: {edge}");
    }
}

#[test]
fn both_flows_of_learning_lower_the_loss() {
    let found = findings::<LearningFlows>(
        "learning-flows",
        &[
            "data.examples=20",
            "data.tests=20",
            "network.hidden=[10]",
            "network.networks=1",
            "flow.t_end=4.0",
            "flow.samples=4",
        ],
    );
    let network = &found.networks[0];
    let [back, coded] = &network.losses;
    for values in [back, coded, &network.energy] {
        let falls = values.windows(2).all(|pair| pair[1] < pair[0]);
        assert!(falls, "{values:?}");
    }
    // The energy is a minimum over values among which the forward pass is one.
    let pairs = coded.iter().zip(&network.energy);
    assert!(pairs.into_iter().all(|(loss, energy)| energy < loss));
}
