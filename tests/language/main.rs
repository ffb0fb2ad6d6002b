//! Systems written as text, held against closed forms, fields written in Rust, and each other.

mod answers;
mod derivatives;
mod events;
mod families;
mod mistakes;
