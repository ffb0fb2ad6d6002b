//! The experiments on symmetries.
