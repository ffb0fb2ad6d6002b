//! What probes see: known answers.

mod homology;
mod information;
