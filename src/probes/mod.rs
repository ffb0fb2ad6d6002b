//! Probes: what is seen inside a network while it learns, and in the attractors that it reaches.
//!
//! A [`Probe`] is shown a [`Snapshot`] of a network (its weights, its outputs, the activations of its
//! hidden layers on inputs that the probe has fixed) and gives numbers, or whatever else it finds. The
//! functions `along_...` show snapshots at chosen times of a gradient flow, of descent, of training by
//! mini-batches and of predictive-coding learning; no trainer knows which probe looks on.
//!
//! [`homology`] finds the components, loops and voids of weights, relevances and trajectories;
//! [`information`] estimates what two sets of samples say about each other; [`symmetry`]
//! tells which weights are the same function.
//!
//! **Adding a probe is one file here, and one row below.**
//!
//! ```
//! use nalgebra::dmatrix;
//! use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
//! use pulsatrix::probes::{ProbeError, VecaProbe, along_batches};
//! use pulsatrix::training::flow::{BatchOptions, GradientFlow, MiniBatches, Squared};
//!
//! let network = DeepNetwork::new(Architecture::fully_connected(2, &[8], 1))?;
//! let (inputs, targets) = (dmatrix![1.0, 0.5; -0.5, 1.0; 0.3, 0.2], dmatrix![1.0; -1.0; 0.0]);
//! let flow = GradientFlow::new(&network, &inputs, &targets, &Squared)?;
//! let start = network.initial(Initialisation::Gaussian, 1)?;
//! let mut training = MiniBatches::new(&flow, start, BatchOptions::default())?;
//! let probe = VecaProbe::last_hidden(inputs.clone());
//! let seen = along_batches(&mut training, 5, &probe)?;
//! assert_eq!(seen.len(), 5);
//! assert!(seen.iter().all(|(_, veca)| veca.variance > 0.0));
//! # Ok::<(), ProbeError>(())
//! ```

mod along;
mod error;
pub mod homology;
pub mod information;
mod overfitting;
mod probe;
mod snapshot;
pub mod symmetry;
mod veca;

pub use along::{along_batches, along_descent, along_flow, along_learning, along_learning_flow};
pub use error::ProbeError;
pub use overfitting::{Agreement, Stopping};
pub use probe::Probe;
pub use snapshot::{Activations, At, Snapshot};
pub use veca::{Veca, VecaProbe, veca};
