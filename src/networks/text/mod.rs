//! Texts: words as numbers, and networks that classify them by separable convolution, beside their rivals.
//!
//! ```text
//! embedding -> (separable convolution, rectifier, max pooling)* -> convolution with its softmax -> mean over the words
//! ```
//!
//! All of them are [`TextNetwork`]s, told apart by their [`TextLayer`]s, so that flows, kernels, descent and probes run
//! on any of them.

mod architecture;
mod bag_of_words;
mod convolution;
mod hidden;
mod network;
mod number;
mod pass;
mod pooling;
mod read_out;
mod recurrent;
mod separable;
mod signal;
mod tokens;

pub use architecture::{Average, TextArchitecture, TextLayer};
pub use bag_of_words::BagOfWords;
pub use network::TextNetwork;
pub use tokens::{PADDING, UNKNOWN, Vocabulary, words};
