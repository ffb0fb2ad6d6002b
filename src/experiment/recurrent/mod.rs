//! Kinds of recurrent networks: the drift of a platform, and recall after a delay.

pub mod delayed_recall;
pub mod drift;
mod drift_data;
mod drift_figures;
mod drift_findings;
mod drift_methods;
mod drift_networks;
mod drift_settings;
mod drift_tables;
mod heard;
mod sequence_settings;
mod time_series;
