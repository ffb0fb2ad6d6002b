//! Kinds about learning: gradient flow, descent, and kernels of wide networks.

mod deep;
pub(super) mod deep_linear;
pub mod edge;
pub(super) mod lazy_rich;
pub(super) mod learning_flows;
pub(super) mod ntk_drift;
mod ntk_figures;
mod ntk_settings;
pub(super) mod ntk_width;
mod old_points;
pub(super) mod orthogonal_speed;
mod points;
