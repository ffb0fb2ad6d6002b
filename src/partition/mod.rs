//! One network on several ranks: which slices of which layer are whose, what that sends, and the run of it.
//!
//! Every layer with weights is cut by its outputs, by its inputs, or as one of a fused pair (`o`, `i`, `f`, `s`; see [`Cut`]);
//! the first layers may be cut in space instead ([`Tiling`]). [`Costs`] says exactly what each way sends,
//! [`Costs::cheapest`] finds the plan that sends least, [`breakpoints`] where tiles should end, [`front()`] every plan that
//! is not beaten in memory and communication, [`Links`] how long it would take. A [`Plan`] is then run by ranks
//! in threads ([`run::infer`]) or by any other [`Communicator`](crate::cluster::Communicator) ([`run::run_rank`]), and
//! counts its bytes layer by layer.
//!
//! R. Stahl, A. Hoffman, D. Mueller-Gritschneder, A. Gerstlauer, U. Schlichtmann, "`DeeperThings`: fully distributed CNN
//! inference on resource-constrained edge devices", International Journal of Parallel Programming 49(4), 600-624 (2021).
//! Ours: the shortest path instead of an integer program, rings, training, unequal ranks, the front, the time.
//!
//! ```
//! use pulsatrix::networks::Activation;
//! use pulsatrix::partition::run::{Weights, infer};
//! use pulsatrix::partition::{Chain, Plan, PlanOptions, Ranks};
//!
//! let chain = Chain::dense(&[784, 1024, 1024, 10], Activation::Relu)?;
//! let plan = Plan::cheapest(chain, Ranks::equal(4)?, PlanOptions::default())?;
//! assert_eq!((plan.letters().as_str(), plan.communication()), ("ofs", 5454));
//! let weights = Weights::<f64>::random(plan.chain(), 1);
//! let found = infer(&plan, &weights, &vec![0.5; 784])?;
//! assert_eq!(found.sent.iter().sum::<u64>(), 8 * 5454);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allowed;
mod breakpoint;
mod chain;
mod cost;
mod cut;
mod deep;
mod error;
mod formulas;
mod front;
#[cfg(feature = "ilp")]
mod integer_program;
mod layer;
mod memory;
mod path;
mod plan;
mod ranks;
pub mod run;
mod slices;
mod tables;
mod tiles;
mod time_model;

pub use breakpoint::{breakpoints, least_breakpoint};
pub use chain::{Chain, LayerSize};
pub use cost::{CostOptions, Costs, Topology};
pub use cut::{Cut, letters};
pub use error::PartitionError;
pub use formulas::LayerCosts;
pub use front::{FrontPoint, front};
#[cfg(feature = "ilp")]
pub use integer_program::{least_communication, least_memory};
pub use layer::{Layer, Operation};
pub use memory::RankMemory;
pub use path::Cheapest;
pub use plan::{Plan, PlanOptions};
pub use ranks::{DEFAULT_SPEED, MOST_RANKS, Ranks};
pub use slices::slices;
pub use tables::Published;
pub use tiles::{Region, Tile, Tiling};
pub use time_model::{Bound, Links, Prediction};
