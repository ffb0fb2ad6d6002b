//! Kinds about what happens inside a network while it learns, and about which weights are one function.

mod attractor_source;
pub mod attractor_topology;
mod estimator_settings;
pub mod homology;
mod homology_data;
mod homology_figures;
pub mod information_plane;
pub mod information_regulariser;
mod losses;
pub mod mutual_information;
pub mod network_equality;
mod relevance_figures;
pub mod relevance_homology;
mod relevance_settings;
pub mod relu_symmetries;
mod sample_pairs;
mod symmetry_figures;
mod symmetry_settings;
pub mod veca;
mod veca_figures;
mod veca_settings;
mod weight_files;
