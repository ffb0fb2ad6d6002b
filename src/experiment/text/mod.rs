//! Kinds about texts.

pub mod classification;
mod figures;
mod labelled;
mod rivals;
mod settings;
