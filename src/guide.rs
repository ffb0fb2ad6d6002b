//! The pages of the guide that have code, for their tests.

macro_rules! pages {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[doc = $text]
            mod $name {}
        )*
    };
}

pages! {
    hutchinson: include_str!("../docs/src/hutchinson.md");
    stability: include_str!("../docs/src/stability.md");
    own_equations: include_str!("../docs/src/own-equations.md");
    impulse_neuron: include_str!("../docs/src/impulse-neuron.md");
    sets: include_str!("../docs/src/sets.md");
    boundaries: include_str!("../docs/src/boundaries.md");
    orders: include_str!("../docs/src/orders.md");
    proofs: include_str!("../docs/src/proofs.md");
    recall: include_str!("../docs/src/recall.md");
    spiking: include_str!("../docs/src/spiking.md");
    predictive_coding: include_str!("../docs/src/predictive-coding.md");
    tangent_kernel: include_str!("../docs/src/tangent-kernel.md");
    kernel_regression: include_str!("../docs/src/kernel-regression.md");
    gradient_flow: include_str!("../docs/src/gradient-flow.md");
    read_outs: include_str!("../docs/src/read-outs.md");
    texts: include_str!("../docs/src/texts.md");
    recurrent: include_str!("../docs/src/recurrent.md");
    homology: include_str!("../docs/src/homology.md");
    information: include_str!("../docs/src/information.md");
    veca: include_str!("../docs/src/veca.md");
    symmetries: include_str!("../docs/src/symmetries.md");
    partition: include_str!("../docs/src/partition.md");
    library: include_str!("../docs/src/library.md");
}

#[cfg(feature = "experiment")]
pages! {
    model_files: include_str!("../docs/src/model-files.md");
}
