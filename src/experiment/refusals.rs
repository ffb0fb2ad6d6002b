//! What kinds refuse before they run.

use super::{ModelFile, read};

/// What is said of a shipped model with one change.
fn refusal(model: &str, change: &str) -> String {
    let mut file = ModelFile::open_shipped(model).unwrap();
    file.set(change).unwrap();
    let refused = read(&file).err();
    refused.map_or_else(String::new, |error| error.to_string())
}

#[test]
fn counts_beyond_memory_are_refused_before_anything_is_allocated() {
    for (model, change, what) in [
        ("ntk-width", "network.widths=[8,1000000000]", "the weights"),
        ("ntk-width", "network.depths=[1000000000]", "the weights"),
        (
            "ntk-width",
            "data.examples=1000000000",
            "the tangent kernels",
        ),
        ("ntk-width", "data.dimension=1000000000", "the points"),
        (
            "ntk-width",
            "study.networks=1000000000",
            "the tangent kernels",
        ),
        (
            "ntk-width-convolution",
            "network.widths=[100000]",
            "the weights",
        ),
        (
            "ntk-width-convolution",
            "network.depths=[1000000]",
            "the weights",
        ),
        ("ntk-drift", "network.widths=[8,1000000000]", "the weights"),
        ("ntk-drift", "network.depth=1000000000", "the weights"),
        ("ntk-drift", "data.examples=100000", "the tangent kernels"),
        ("ntk-drift", "study.networks=1000000000", "all networks"),
        ("lazy-to-rich", "network.width=1000000000", "the weights"),
        ("lazy-to-rich", "network.depth=1000000000", "the weights"),
        ("lazy-to-rich", "data.tests=1000000000", "tests and points"),
        (
            "lazy-to-rich",
            "data.train.examples=1000000000",
            "the tangent kernels",
        ),
        (
            "lazy-to-rich",
            "network.networks=1000000000",
            "all networks",
        ),
        (
            "lazy-to-rich",
            "flow.t_end=1e300",
            "the losses of all steps",
        ),
        (
            "learning-flows",
            "network.hidden=[1000000000]",
            "the weights",
        ),
        (
            "learning-flows",
            "network.networks=1000000000",
            "all networks",
        ),
        ("learning-flows", "flow.samples=1000000000", "all samples"),
        (
            "orthogonal-speed",
            "network.width=1000000000",
            "the weights",
        ),
        (
            "orthogonal-speed",
            "network.depths=[1000000000]",
            "the weights",
        ),
        (
            "orthogonal-speed",
            "training.networks=1000000000",
            "all networks",
        ),
        (
            "edge-of-stability",
            "network.width=1000000000",
            "the weights",
        ),
        (
            "edge-of-stability",
            "network.depth=1000000000",
            "the weights",
        ),
        (
            "edge-of-stability",
            "data.train.examples=500000",
            "the tangent kernels",
        ),
        (
            "edge-of-stability",
            "descent.t_end=1e300",
            "the losses of all steps",
        ),
        ("deep-linear", "network.layers=[1000000000]", "the weights"),
        (
            "relu-symmetries",
            "network.neurons=1000000000",
            "the weights",
        ),
        ("relu-symmetries", "network.neurons=50000", "distances"),
        ("relu-symmetries", "flow.looks=1000000000", "looked at"),
        (
            "relu-symmetries",
            "data.train.dimension=1000000000",
            "the points",
        ),
        ("deep-linear", "flow.samples=1000000000", "the weights"),
        (
            "group-dominance",
            "output.samples=1000000000",
            "the saved trajectory",
        ),
        (
            "travelling-wave",
            "network.neurons=1000000000",
            "the neurons",
        ),
        ("single-neuron", "network.neurons=1000000000", "the neurons"),
        ("memory-capacity", "capacity.cues=1000000000", "the cues"),
        ("recall", "recall.cues=1000000000", "the cues"),
        ("recall", "recall.starts=1000000000", "the starts"),
        (
            "mackey-glass-stability",
            "lyapunov.exponents=1000000000",
            "the disturbances",
        ),
        (
            "mackey-glass-stability",
            "sweep.points=1000000000",
            "the sweep",
        ),
        (
            "orthogonal-control",
            "network.depths=[1000000000]",
            "the weights",
        ),
        ("pc-digits", "network.hidden=[1000000000]", "the weights"),
        ("pc-digits", "network.hidden=[100000,100000]", "the weights"),
        ("pc-toy", "network.hidden=[1000000000,5]", "the weights"),
        ("pc-toy", "data.samples=1000000000", "the samples"),
        ("pc-memory", "memory.hidden=[32,1000000000]", "the weights"),
        (
            "memory-capacity",
            "capacity.neurons=[100000]",
            "the weights",
        ),
        (
            "memory-regions",
            "region.vertical.points=1000000000",
            "the cells",
        ),
        ("mackey-glass", "output.samples=1000000000", "the samples"),
        ("one-shot", "readout.neurons=[1000000000]", "the weights"),
        ("one-shot", "readout.neurons=[300000]", "the sums"),
        ("one-shot", "features.seeds=1000000000", "all draws"),
        ("one-shot", "network.hidden=1000000000", "the activations"),
        ("one-shot", "flow.neurons=1000000000", "the weights"),
        ("one-shot", "flow.times=1000000000", "all times"),
        (
            "one-shot-transfer",
            "network.hidden=1000000000",
            "the activations",
        ),
        (
            "one-shot-transfer",
            "network.networks=1000000000",
            "all networks",
        ),
        (
            "text-separable",
            "network.channels=[1000000000]",
            "a convolution sees",
        ),
        (
            "text-separable",
            "network.embedding=1000000000",
            "the table of embeddings",
        ),
        (
            "text-separable",
            "words.length=1000000000",
            "a convolution sees",
        ),
        (
            "text-separable",
            "training.epochs=1000000000",
            "the losses of all epochs",
        ),
        (
            "drift-identification",
            "data.steps=1000000000",
            "the readings",
        ),
        (
            "drift-identification",
            "network.hidden=1000000000",
            "the weights",
        ),
        (
            "drift-identification",
            "network.networks=1000000000",
            "all networks",
        ),
        ("delayed-recall", "data.steps=1000000000", "what is heard"),
        ("delayed-recall", "network.hidden=1000000000", "the weights"),
        (
            "delayed-recall",
            "training.epochs=1000000000",
            "the losses of all epochs",
        ),
        // beyond what any count may be
        (
            "deep-linear",
            "flow.samples=4294967296",
            "at most 1000000000",
        ),
    ] {
        let said = refusal(model, change);
        assert!(said.contains(what), "{model} {change}: {said}");
    }
}

#[test]
fn what_cannot_end_or_cannot_be_stable_is_refused() {
    for (model, change, what) in [
        // L s^(2 - 2/L) t_end is 4e7, though L s t_end is only 5e5
        (
            "deep-linear",
            "network.singular_values=[1e4]",
            "would not end",
        ),
        (
            "deep-linear",
            "network.singular_values=[1e9]",
            "would not end",
        ),
        ("group-dominance", "network.h=1e-16", "at least 1e-9"),
        ("memory-regions", "network.h=1e-300", "at least 1e-9"),
        ("recall", "impulse.h=1e-300", "at least 1e-9"),
        ("deep-linear", "flow.t_end=1e9", "would not end"),
        ("pc-toy", "learning.hold=1e9", "a hold of 1.0e12 steps"),
        ("deep-linear", "network.start=0.8", "not below the smallest"),
        ("ntk-drift", "training.rate=2", "above 0 and below 2"),
        ("lazy-to-rich", "flow.rate=2.5", "above 0 and below 2"),
        (
            "lazy-to-rich",
            "flow.scales=[1e300]",
            "from 1e-100 to 1e100",
        ),
        ("lazy-to-rich", "network.activation=softmax", "softmax"),
        ("ntk-drift", "network.activation=softmax", "softmax"),
        ("orthogonal-speed", "network.activation=softmax", "softmax"),
        (
            "orthogonal-speed",
            "network.law=gaussian",
            "beside Gaussian ones",
        ),
        ("edge-of-stability", "network.activation=softmax", "softmax"),
        ("relu-symmetries", "descent.steps=[20,400]", "are unstable"),
        ("relu-symmetries", "network.neurons=3", "at least 4"),
        ("veca", "training.rule={adam={rate=-1}}", "rate = -1"),
        ("veca", "data.subset=301", "of 300 training images"),
        ("veca", "data.training=1", "one class"),
        ("veca", "dense.hidden=[]", "is empty"),
        ("veca", "convolutional.kernel=4", "odd"),
        (
            "veca",
            "convolutional.blocks=[[8],[8],[8],[8]]",
            "leave 1 of 8 pixels",
        ),
        (
            "relevance-homology",
            "training.epochs=[5,3]",
            "do not ascend",
        ),
        (
            "information-plane",
            "training.epochs=[5,3]",
            "do not ascend",
        ),
        (
            "information-plane",
            "plane.neighbours=500",
            "neighbours of an image",
        ),
        (
            "information-regulariser",
            "training.late=81",
            "81 late epochs",
        ),
        (
            "information-regulariser",
            "information.layer=3",
            "hidden layer 3 of 2",
        ),
        (
            "delayed-recall",
            "training.gradients=[\"static\",{truncated=1}]",
            "another gradient of the list",
        ),
        (
            "drift-identification",
            "training.gradients=[\"full\",{truncated=240}]",
            "another gradient of the list",
        ),
        (
            "drift-identification",
            "training.rule={adam={rate=0.1,momentum=3}}",
            "momentum",
        ),
        (
            "text-separable",
            "network.ordinary_kernel=321",
            "twice `length`",
        ),
        ("text-separable", "network.last=321", "twice `length`"),
        ("text-separable", "network.pool=161", "up to `length`"),
        ("one-shot", "features.scale=20", "leave out the law"),
        ("one-shot", "features.field=10", "a part of the image"),
        (
            "one-shot",
            "features.laws=['filters']",
            "random filters of no size",
        ),
        ("one-shot", "filters.blocks=[[16]]", "that no features see"),
        ("one-shot", "features.activation=softmax", "softmax"),
        ("one-shot", "features.field=29", "sides of the image"),
        ("one-shot", "readout.ridges=[-1]", "zero or more"),
        ("one-shot", "data.training=6000", "diagonalises"),
        ("one-shot", "data.training=1", "all of one class"),
        ("one-shot", "data.tests=2001", "2001 tests of 2000"),
        ("one-shot", "data.images=nowhere", "four MNIST files"),
        ("one-shot", "flow.end=1e-9", "starts at"),
        ("one-shot-transfer", "data.classes=9", "leave no two"),
        (
            "one-shot-transfer",
            "readout.examples=[5000]",
            "5000 examples",
        ),
        ("one-shot-transfer", "copies.shift=28", "leaves nothing"),
        ("one-shot-transfer", "copies.rotation=200", "200 degrees"),
        ("one-shot-transfer", "network.activation=softmax", "softmax"),
        ("text-separable", "network.kernel=4", "over 4 positions"),
        (
            "text-separable",
            "network.channels=[]",
            "without a separable",
        ),
        ("text-separable", "training.held_out=1", "held out"),
        ("text-separable", "words.least=1000000", "no word stands"),
        ("text-separable", "data.label=topic", "no column `topic`"),
        ("text-separable", "data.text=body", "no column `body`"),
        ("text-separable", "data.train=nowhere.tsv", "nowhere.tsv"),
        (
            "drift-identification",
            "training.rule={adam={rate=0.0}}",
            "rate = 0",
        ),
        (
            "drift-identification",
            "drift.coefficients.spin_squared=0.1",
            "a_S^2",
        ),
        ("delayed-recall", "data.delays=[40]", "a delay of 40"),
    ] {
        let said = refusal(model, change);
        assert!(said.contains(what), "{model} {change}: {said}");
    }
}

#[test]
fn entries_twice_are_refused() {
    for (model, list) in [
        ("ntk-width", "network.widths=[8,8]"),
        ("ntk-width", "network.depths=[1,1]"),
        ("ntk-width", "study.laws=[\"gaussian\",\"gaussian\"]"),
        ("ntk-drift", "network.widths=[8,16,8]"),
        ("lazy-to-rich", "flow.scales=[1,1.0]"),
        ("orthogonal-speed", "network.depths=[3,3]"),
        ("orthogonal-speed", "training.rates=[1e-3,0.001]"),
        ("orthogonal-speed", "network.sigma_w=[1.5,1.5]"),
        ("edge-of-stability", "descent.rates=[0.5,0.5]"),
        ("deep-linear", "network.layers=[2,2]"),
        ("delayed-hopfield", "patterns.stored=[\"0110\",\"0110\"]"),
        ("relu-symmetries", "descent.steps=[400,400]"),
        ("information-plane", "training.epochs=[5,5]"),
        ("relevance-homology", "network.widths=[16,16]"),
        ("one-shot", "readout.neurons=[50,50]"),
        ("text-separable", "data.label=[\"party\",\"party\"]"),
        ("one-shot", "readout.ridges=[1,1.0]"),
        ("one-shot", "features.laws=['gaussian','gaussian']"),
        ("delayed-recall", "data.delays=[2,2]"),
        (
            "drift-identification",
            "training.gradients=[\"full\",\"full\"]",
        ),
    ] {
        let said = refusal(model, list);
        assert!(said.contains("twice"), "{list}: {said}");
    }
}
