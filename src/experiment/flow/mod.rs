//! Kinds about learning: gradient flow, descent, and kernels of wide networks.

mod course;
mod deep;
pub mod deep_linear;
pub mod edge;
pub mod lazy_rich;
pub mod learning_flows;
pub mod ntk_drift;
mod ntk_figures;
pub mod ntk_width;
pub mod orthogonal_speed;
mod points;
mod speed_figures;
