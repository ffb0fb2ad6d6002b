//! Systems written as text, held against closed forms, fields written in Rust, and each other.

#![allow(clippy::unwrap_used)] // a test fails by panicking

mod answers;
mod conditions;
mod derivatives;
mod events;
mod families;
mod inputs;
mod mistakes;
mod noise;
mod windows;
