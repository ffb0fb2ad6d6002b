//! The model files that the binary carries, so that it works wherever it is installed.

/// Name and text of every file in `models/`, sorted by name.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    (
        "attractor-topology",
        include_str!("../../models/attractor-topology.toml"),
    ),
    (
        "bursting-neuron",
        include_str!("../../models/bursting-neuron.toml"),
    ),
    ("deep-linear", include_str!("../../models/deep-linear.toml")),
    (
        "delayed-hopfield",
        include_str!("../../models/delayed-hopfield.toml"),
    ),
    (
        "delayed-recall",
        include_str!("../../models/delayed-recall.toml"),
    ),
    (
        "digit-recall",
        include_str!("../../models/digit-recall.toml"),
    ),
    (
        "drift-identification",
        include_str!("../../models/drift-identification.toml"),
    ),
    (
        "edge-of-stability",
        include_str!("../../models/edge-of-stability.toml"),
    ),
    (
        "electrical-coupling",
        include_str!("../../models/electrical-coupling.toml"),
    ),
    (
        "fitzhugh-nagumo",
        include_str!("../../models/fitzhugh-nagumo.toml"),
    ),
    (
        "group-dominance",
        include_str!("../../models/group-dominance.toml"),
    ),
    (
        "hopfield-equations",
        include_str!("../../models/hopfield-equations.toml"),
    ),
    ("hutchinson", include_str!("../../models/hutchinson.toml")),
    (
        "impulse-refractory-ring",
        include_str!("../../models/impulse-refractory-ring.toml"),
    ),
    (
        "information-plane",
        include_str!("../../models/information-plane.toml"),
    ),
    (
        "information-regulariser",
        include_str!("../../models/information-regulariser.toml"),
    ),
    (
        "integrate-and-fire",
        include_str!("../../models/integrate-and-fire.toml"),
    ),
    (
        "kernel-regression",
        include_str!("../../models/kernel-regression.toml"),
    ),
    ("kuramoto", include_str!("../../models/kuramoto.toml")),
    ("large-waves", include_str!("../../models/large-waves.toml")),
    (
        "lazy-to-rich",
        include_str!("../../models/lazy-to-rich.toml"),
    ),
    (
        "learning-flows",
        include_str!("../../models/learning-flows.toml"),
    ),
    (
        "mackey-glass",
        include_str!("../../models/mackey-glass.toml"),
    ),
    (
        "mackey-glass-stability",
        include_str!("../../models/mackey-glass-stability.toml"),
    ),
    (
        "memory-atlas",
        include_str!("../../models/memory-atlas.toml"),
    ),
    (
        "memory-boundary",
        include_str!("../../models/memory-boundary.toml"),
    ),
    (
        "memory-capacity",
        include_str!("../../models/memory-capacity.toml"),
    ),
    (
        "memory-lifetime",
        include_str!("../../models/memory-lifetime.toml"),
    ),
    (
        "memory-orders",
        include_str!("../../models/memory-orders.toml"),
    ),
    (
        "memory-proof",
        include_str!("../../models/memory-proof.toml"),
    ),
    (
        "memory-proof-region",
        include_str!("../../models/memory-proof-region.toml"),
    ),
    (
        "memory-regions",
        include_str!("../../models/memory-regions.toml"),
    ),
    (
        "memory-sets-and-orders",
        include_str!("../../models/memory-sets-and-orders.toml"),
    ),
    (
        "mutual-information",
        include_str!("../../models/mutual-information.toml"),
    ),
    ("noisy-delay", include_str!("../../models/noisy-delay.toml")),
    (
        "noisy-threshold",
        include_str!("../../models/noisy-threshold.toml"),
    ),
    ("ntk-depth", include_str!("../../models/ntk-depth.toml")),
    ("ntk-drift", include_str!("../../models/ntk-drift.toml")),
    ("ntk-linear", include_str!("../../models/ntk-linear.toml")),
    ("ntk-width", include_str!("../../models/ntk-width.toml")),
    (
        "ntk-width-convolution",
        include_str!("../../models/ntk-width-convolution.toml"),
    ),
    ("one-shot", include_str!("../../models/one-shot.toml")),
    (
        "one-shot-transfer",
        include_str!("../../models/one-shot-transfer.toml"),
    ),
    (
        "order-capacity",
        include_str!("../../models/order-capacity.toml"),
    ),
    (
        "order-recall",
        include_str!("../../models/order-recall.toml"),
    ),
    (
        "orthogonal-control",
        include_str!("../../models/orthogonal-control.toml"),
    ),
    (
        "orthogonal-speed",
        include_str!("../../models/orthogonal-speed.toml"),
    ),
    (
        "packet-orders",
        include_str!("../../models/packet-orders.toml"),
    ),
    (
        "partition-alexnet",
        include_str!("../../models/partition-alexnet.toml"),
    ),
    (
        "partition-digits",
        include_str!("../../models/partition-digits.toml"),
    ),
    (
        "partition-extraction",
        include_str!("../../models/partition-extraction.toml"),
    ),
    (
        "partition-mlp",
        include_str!("../../models/partition-mlp.toml"),
    ),
    (
        "partition-vgg16",
        include_str!("../../models/partition-vgg16.toml"),
    ),
    (
        "partition-yolov2",
        include_str!("../../models/partition-yolov2.toml"),
    ),
    ("pc-digits", include_str!("../../models/pc-digits.toml")),
    ("pc-memory", include_str!("../../models/pc-memory.toml")),
    (
        "pc-minimum-norm",
        include_str!("../../models/pc-minimum-norm.toml"),
    ),
    ("pc-mnist", include_str!("../../models/pc-mnist.toml")),
    ("pc-toy", include_str!("../../models/pc-toy.toml")),
    ("recall", include_str!("../../models/recall.toml")),
    (
        "relevance-homology",
        include_str!("../../models/relevance-homology.toml"),
    ),
    (
        "relu-symmetries",
        include_str!("../../models/relu-symmetries.toml"),
    ),
    (
        "single-neuron",
        include_str!("../../models/single-neuron.toml"),
    ),
    (
        "spiking-network",
        include_str!("../../models/spiking-network.toml"),
    ),
    (
        "spiking-pair",
        include_str!("../../models/spiking-pair.toml"),
    ),
    ("stimulus", include_str!("../../models/stimulus.toml")),
    (
        "stuart-landau",
        include_str!("../../models/stuart-landau.toml"),
    ),
    (
        "text-separable",
        include_str!("../../models/text-separable.toml"),
    ),
    (
        "travelling-wave",
        include_str!("../../models/travelling-wave.toml"),
    ),
    ("veca", include_str!("../../models/veca.toml")),
    (
        "wilson-cowan",
        include_str!("../../models/wilson-cowan.toml"),
    ),
    ("wright", include_str!("../../models/wright.toml")),
];

/// Names of the shipped models.
#[must_use]
pub fn shipped_models() -> Vec<&'static str> {
    SHIPPED.iter().map(|(name, _)| *name).collect()
}

/// Text of one shipped model.
#[must_use]
pub fn shipped_text(name: &str) -> Option<&'static str> {
    SHIPPED
        .iter()
        .find(|(shipped, _)| *shipped == name)
        .map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::experiment::{ModelFile, read};

    #[test]
    fn every_model_file_is_shipped_and_valid() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, shipped_models());
        for name in shipped_models() {
            let model = ModelFile::open(name).unwrap();
            let header = model.header().unwrap();
            assert!(!header.title.is_empty(), "{name} has no title");
            assert!(header.source.is_some(), "{name} has no source");
            match read(&model) {
                Ok(_) => {}
                // Its data are not ours to ship.
                Err(error) if name == "pc-mnist" => {
                    assert!(error.to_string().contains("four MNIST files"), "{error}");
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
    }
}
