//! Kinds about learning: gradient flow, descent, and kernels of wide networks.

pub(in crate::experiment) mod course;
mod deep;
pub mod deep_linear;
mod deep_linear_data;
mod deep_linear_figure;
mod drift_figures;
pub mod edge;
pub mod kernel_regression;
pub mod lazy_rich;
pub mod learning_flows;
pub mod ntk_drift;
mod ntk_figures;
mod ntk_findings;
mod ntk_settings;
pub mod ntk_width;
pub mod orthogonal_speed;
pub(in crate::experiment) mod points;
mod power_series;
mod regression_figures;
mod regression_findings;
mod regression_given;
mod regression_settings;
mod regression_task;
mod size;
mod speed_figures;
mod speed_settings;
mod speed_task;
