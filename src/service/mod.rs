//! The crate as a web page: what `simulate serve` shows, and the endpoints under it.
//!
//! Digits are drawn and classified by a [read-out](crate::training::readout) that was solved at once and by a
//! predictive-coding network, and recalled by associative memories; patterns are shown to an impulse network, whose
//! trajectory is streamed while the solver goes. The science is that of the rooms below: this one reads requests, keeps to
//! [`Limits`], and writes answers. Everything that is served is in the binary, and no request names a file.
//!
//! ```no_run
//! use pulsatrix::experiment::Silent;
//! use pulsatrix::service::{Limits, Machines, Service};
//!
//! let machines = Machines::train(None, &Silent)?;
//! let service = Service::new(machines, Limits::default());
//! service.run(Service::listen(([127, 0, 0, 1], 8080).into())?, |address| println!("http://{address}"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod about;
mod api;
mod classifier;
mod drawing;
mod endpoints;
mod impulse;
mod kicks;
mod limits;
mod listener;
mod machines;
mod memories;
mod openapi;
mod page;
mod predictor;
mod refusal;
mod schema;
mod server;
mod stream;

pub use about::{About, MachineFacts, MemoryFacts};
pub use api::{
    Classified, ClassifyRequest, Erased, Health, Predicted, RecallRequest, Recalled, Recollection,
};
pub use classifier::Classifier;
pub use drawing::{DrawingError, centred};
pub use impulse::{AtlasAnswer, AtlasQuery, ImpulseQuery, Region, RegionCycle, RegionQuery};
pub use kicks::{Kick, KickError, kicks};
pub use limits::Limits;
pub use machines::{Machines, MachinesError};
pub use memories::Memories;
pub use openapi::document;
pub use predictor::Predictor;
pub use refusal::Refusal;
pub use server::{ServeError, Service};
pub use stream::{StreamEnd, StreamQuery, StreamSettled, StreamSlice, StreamStart, Watched, run};
