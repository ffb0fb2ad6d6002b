//! The run of a plan: every rank computes its slices, and counts what it sends and holds.
//!
//! [`run_rank`] is what each rank calls, whatever carries its messages; [`infer`] does so in threads of this process and puts
//! together what they find. Messages hold nothing but numbers, so that bytes are elements times their size. Sums are added
//! in the order of the ranks: results are bitwise the same in every run.

mod error;
mod forward;
mod ledger;
mod number;
mod rank;
mod ring;
mod root;
mod tensor;
mod threads;
mod weights;
mod windows;

pub use error::InferenceError;
pub use forward::{Tensor, forward};
pub use number::Number;
pub use rank::{RankReport, run_rank, run_rank_each};
pub use threads::{Inference, PATIENCE, infer, infer_each, infer_over};
pub use weights::{LayerWeights, Weights};
