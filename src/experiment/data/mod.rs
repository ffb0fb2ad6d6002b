//! Data of a user: one description for all kinds that learn or store, and the readers of all formats.
//!
//! ```text
//! [data]
//! inputs = "x.npy"      # .npy, .csv with named columns, idx (gzip or not), lines of 0 and 1, or a folder of pictures by class
//! targets = "y.npy"
//! ```
//!
//! Formats are readers of their own ([`npy`], `idx`, `text_table`, `pictures`); `own` is the description, from which
//! follow the labelled images of classifiers (`images`) and the inputs and targets of regressions (`examples`). A
//! refusal names the file, the line or the index, and what to do. Paths are those of the folder that the command is
//! called in, or of the folder that `PULSATRIX_DATA` names.

mod classes;
mod error;
pub(in crate::experiment) mod examples;
pub(in crate::experiment) mod files;
pub(in crate::experiment) mod formats;
mod idx;
pub(in crate::experiment) mod images;
mod labelled_images;
pub(in crate::experiment) mod learnt;
pub mod npy;
pub(in crate::experiment) mod numbers;
pub(in crate::experiment) mod own;
mod pictures;
mod scaling;
mod statement;
pub(in crate::experiment) mod text_table;
mod weights;

pub use error::DataError;
pub use labelled_images::LabelledImages;
pub use scaling::Scaling;
pub use statement::DataStatement;
pub use weights::read_matrices;
