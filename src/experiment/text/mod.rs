//! Kinds about texts.

pub mod classification;
mod figures;
mod findings;
mod labelled;
mod rivals;
mod settings;
mod tables;
mod training;
