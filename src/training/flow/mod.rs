//! Gradient flow: the weights of a network as the state of an ordinary equation.
//!
//! ```text
//! theta' = -grad L(theta) = -J^T r,    f' = -Theta r,    Theta = J J^T,    L' = -r^T Theta r
//! ```
//!
//! [`follow`] integrates it by four methods over one interface, [`descend`] takes the steps of
//! gradient descent, momentum and Adam, [`MiniBatches`] those of their stochastic forms, [`Linearised`] is the closed form for frozen `J`, and
//! [`read`] the monitors along the way: sharpness, the top of the kernel, laws of balance.

mod adaptive;
mod balance;
mod batches;
mod chebyshev;
mod course;
mod deep_linear;
mod descent;
mod drift;
mod early_stopping;
mod error;
mod exponential;
mod follow;
mod gradient_flow;
mod linear_modes;
mod linearised;
mod loss;
mod monitor;
mod phi;
mod readings;
mod regime;
mod scaled;
mod whitened;

pub use balance::{BalanceDrift, balance_change, balance_drift};
pub use batches::{BatchGradient, BatchOptions, BatchState, MiniBatches};
pub use course::{LearningCourse, learning_course};
pub use deep_linear::deep_linear_mode;
pub use descent::{Descent, Glance, Schedule, descend};
pub use drift::{KernelDrift, kernel_drift};
pub use early_stopping::{EarlyStopped, EarlyStopping, decided, penalised_minimum};
pub use error::FlowError;
pub use follow::{FlowMethod, follow};
pub use gradient_flow::{GradientFlow, Work};
pub use linear_modes::{LinearModes, LinearTask};
pub use linearised::Linearised;
pub use loss::{
    BinaryCrossEntropy, CrossEntropy, Curvature, Huber, LogProbability, Loss, LossSettings, Squared,
};
pub use monitor::{Reading, kernel_top, linear_balance, read, sharpness, unit_balance};
pub use readings::{Readings, read_descent, read_flow};
pub use regime::{Regime, RegimeTask};
pub use scaled::ScaledModel;
pub use whitened::WhitenedData;
