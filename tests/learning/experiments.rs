//! The stories of the gradient-flow experiments, in small.

use pulsatrix::experiment::{ModelFile, Silent, read};
use serde_json::Value;

/// The report of a shipped model with some settings changed.
fn report(model: &str, changes: &[&str]) -> Value {
    let mut model = ModelFile::open_shipped(model).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let prepared = read(&model).map_err(|error| error.to_string()).unwrap();
    prepared.experiment().run(&Silent).unwrap().report
}

#[test]
fn kernels_and_weights_move_less_in_wider_networks() {
    let found = report(
        "ntk-drift",
        &[
            "network.widths=[32,64,128]",
            "training.steps=150",
            "study.networks=4",
        ],
    );
    let quantities = found["quantities"].as_array().unwrap();
    let of = |law: &str, name: &str| {
        let wanted = |q: &&Value| q["law"] == law && q["quantity"] == name;
        quantities.iter().find(wanted).unwrap()
    };
    // the bands of an independent study
    for law in ["gaussian", "orthogonal"] {
        for (name, low, high) in [
            ("kernel drift", -1.2, -0.6),
            ("weights, layer 1", -0.65, -0.35),
            ("weights, layer 2", -1.15, -0.85),
            ("weights, layer 3", -1.15, -0.85),
            ("weights, read-out", -0.65, -0.35),
        ] {
            let slope = of(law, name)["power"]["exponent"].as_f64().unwrap();
            assert!((low..high).contains(&slope), "{law} {name}: {slope}");
        }
    }
    let drift = |law: &str, width: usize| {
        let values = of(law, "kernel drift")["values"][width].as_array().unwrap();
        values.iter().map(|v| v.as_f64().unwrap()).sum::<f64>()
    };
    for width in 0..3 {
        let ratio = drift("gaussian", width) / drift("orthogonal", width);
        assert!((1.0 / 1.6..1.6).contains(&ratio), "{ratio}");
    }
}

#[test]
fn kernels_of_deep_gaussian_networks_vary_without_bound() {
    let found = report(
        "ntk-depth",
        &[
            "network.widths=[32]",
            "network.depths=[2,8,32]",
            "study.networks=24",
        ],
    );
    let points = found["points"].as_array().unwrap();
    let variation = |law: &str, depth: usize| {
        let wanted = |p: &&Value| p["law"] == law && p["depth"] == depth;
        let point = points.iter().find(wanted).unwrap();
        point["variation"].as_f64().unwrap()
    };
    // Gaussian weights: it grows from depth to depth; orthogonal ones: it does not
    let (shallow, middle, deep) = (2, 8, 32);
    assert!(variation("gaussian", middle) > 1.3 * variation("gaussian", shallow));
    assert!(variation("gaussian", deep) > 1.3 * variation("gaussian", middle));
    assert!(variation("orthogonal", deep) < variation("orthogonal", shallow));
    assert!(variation("orthogonal", deep) < 0.3 * variation("gaussian", deep));
}

#[test]
fn orthogonal_weights_gain_where_deep_and_fast_alone() {
    let found = report(
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
    let points = found["points"].as_array().unwrap();
    let gain = |index: usize| {
        let point = &points[index];
        let number = |name: &str| point[name].as_f64().unwrap();
        (number("log2_gain"), number("log2_gain_error"))
    };
    let (slow, fast) = (gain(0), gain(1));
    assert!(slow.0 < slow.1, "no gain at a small rate: {slow:?}");
    assert!(fast.0 > 3.0 * fast.1, "a gain at a large one: {fast:?}");
}

#[test]
fn deep_linear_networks_follow_their_closed_form() {
    let found = report("deep-linear", &["flow.samples=13", "network.layers=[2,3]"]);
    for network in found["networks"].as_array().unwrap() {
        assert!(network["largest_error"].as_f64().unwrap() < 1e-7);
        assert!(network["imbalance"].as_f64().unwrap() < 1e-12);
    }
}

#[test]
fn large_outputs_freeze_the_kernel() {
    let found = report(
        "lazy-to-rich",
        &[
            "flow.scales=[0.3,3,30]",
            "network.width=20",
            "network.networks=1",
            "flow.t_end=50.0",
            "data.tests=20",
        ],
    );
    let values = |index: usize| {
        let scales = found["quantities"][index]["values"].as_array().unwrap();
        let numbers = scales.iter().map(|v| v[0].as_f64().unwrap());
        numbers.collect::<Vec<f64>>()
    };
    // Drift of the kernel and distance from the linearised flow fall as 1 / alpha.
    for index in [0, 2] {
        let change = values(index);
        let slope = (change[2] / change[1]).log10();
        assert!((slope + 1.0).abs() < 0.15, "{change:?}");
        assert!(change[0] > change[1]);
    }
}

#[test]
fn descent_hovers_at_the_edge_and_the_flow_goes_beyond() {
    let found = report("edge-of-stability", &["descent.rates=[0.1,0.75,0.9]"]);
    let courses = found["courses"].as_array().unwrap();
    let sharpness = |course: usize| -> Vec<f64> {
        let readings = courses[course]["readings"].as_array().unwrap();
        let all = readings.iter().map(|r| r["sharpness"].as_f64().unwrap());
        all.collect()
    };
    let late = |course: usize| {
        let all = sharpness(course);
        let late = &all[all.len() * 3 / 4..];
        late.iter().sum::<f64>() / late.len() as f64
    };
    let flow = late(3);
    // a small rate follows the flow, larger ones are held at 2 / rate
    assert!((late(0) / flow - 1.0).abs() < 0.02);
    for course in [1, 2] {
        let edge = 2.0 / courses[course]["rate"].as_f64().unwrap();
        assert!(edge < 0.97 * flow, "{edge} {flow}");
        assert!((late(course) / edge - 1.0).abs() < 0.03, "{course}: {edge}");
    }
}

#[test]
fn both_flows_of_learning_lower_the_loss() {
    let found = report(
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
    let course = |index: usize| {
        let values = found["courses"][index]["values"].as_array().unwrap();
        let numbers = values.iter().map(|v| v[0].as_f64().unwrap());
        numbers.collect::<Vec<f64>>()
    };
    for index in 0..3 {
        let values = course(index);
        assert!(
            values.windows(2).all(|pair| pair[1] < pair[0]),
            "{values:?}"
        );
    }
    // The energy is a minimum over values among which the forward pass is one.
    let (loss, energy) = (course(1), course(2));
    assert!(loss.iter().zip(&energy).all(|(loss, energy)| energy < loss));
}
