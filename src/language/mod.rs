//! Systems of equations as a person writes them: formulas with delays, families and sums.
//!
//! [`SystemText`] takes them as text and [compiles](SystemText::compile) them to a [`System`], whose
//! [field](System::field) every solver and analysis takes as it takes one written in Rust.
//!
//! **Formulas** hold numbers, parameters, `t`, `pi`, `+ - * / ^`, comparisons, `and`, `or`, `not`, and
//! the functions `exp ln log10 sqrt sin cos tan asin acos atan atan2 sinh cosh tanh logistic erf abs
//! sign floor mod min max pow`, `if(condition, value, other)` and `heaviside`. Where a formula jumps or bends, the
//! solver is told so and ends a step there. `x(t - tau)` reads the past: `tau` may be any formula of time
//! and present state, and `x'(t - tau)` reads the slope.
//!
//! **Families** `x[i]` run over a size, from 0: `sum(j, A[i, j]*x[j](t - D[i, j]))` sums over it, or over
//! another one, `j in M`. A weight of zero costs nothing, a lag of zero is the present, and equal
//! lags are one.
//!
//! **Windows** over the past: `average(x, t - 2, t)` is the mean of `x` over the last two units of time, and
//! `integral(s, exp(s - t)*x(s), t - 9, t)` weighs it.
//!
//! **How it is computed.** The text is parsed into a tree and lowered into a graph of values, each computed once
//! for the indices that it depends on; constants are folded. Programs run over that graph: what
//! has an index goes through vector registers. Derivatives are exact, and as sparse as the formula.
//!
//! The grammar is our own, an operator-precedence parser of 250 lines: `exmex`, which differentiates, knows
//! neither functions with several arguments, nor indices, nor delayed reads, and of `winnow` we would use what is
//! the smaller part, a parser with places for its mistakes being mostly the mistakes.

mod bends;
mod calls;
mod compiler;
mod course;
mod derivative;
mod equations;
mod event;
mod event_compiler;
mod function;
mod graph;
mod history;
mod indices;
mod input;
mod lowering;
mod mistake;
mod noise;
mod ordinary;
mod parser;
mod program;
mod readings;
mod remedy;
mod run;
mod runs;
mod scope;
mod sums;
mod syntax;
mod system;
mod text;
mod token;
mod windows;
mod written;

pub use course::{Between, CourseError, TimeCourse};
pub use event::EventText;
pub use mistake::{Mistake, Source, TextError, TextErrors};
pub use noise::NoisySystem;
pub use ordinary::OrdinarySystem;
pub use scope::Data;
pub use system::{System, SystemField};
pub use text::SystemText;
