//! The kind of networks of integrate-and-fire neurons: `spiking`.

mod settings;
pub mod trains;
