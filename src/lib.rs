//! A network is a vector field, a memory is an attractor.
//!
//! ```text
//! model file ──> network (vector field) ──> solver (trajectory) ──> analysis (attractor, pattern, stability) ──> report + figures
//! ```
//!
//! Show a pattern to three impulse neurons, in the relay limit, and ask where they settle:
//!
//! ```
//! use pulsatrix::analysis::{Criteria, Mode, Settling, settle};
//! use pulsatrix::networks::{Cue, ImpulseNetwork, ImpulseParameters};
//! use pulsatrix::solver::Options;
//!
//! let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3))?;
//! let state = Cue::default().state(&"110".parse()?, &network.parameters().c, 1, 0);
//! let mut engine = network.engine(&state, Options::default())?;
//! let criteria = Criteria { tolerance: 1e-11, synchrony: 1e-6 };
//! let settled = settle(engine.as_mut(), Settling { criteria, maximum_time: 1e4 })?;
//! let cycle = settled.outcome.expect("a periodic mode");
//! assert_eq!((cycle.mode, cycle.pattern), (Mode::Dominance, "110".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Rooms
//!
//! Each uses only those above it in this list.
//!
//! | room | what lives there |
//! |---|---|
//! | [`numerics`] | elementary functions, matrices, vector lanes, roots, random streams |
//! | [`cluster`] | ranks in threads or processes, and messages between them |
//! | [`solver`] | trajectories of ordinary, delay and relay equations |
//! | [`language`] | systems of equations as text: parsed, differentiated, compiled to fields |
//! | [`networks`] | vector fields: impulse networks, predictive coding, deep networks and their kernels, recurrent networks, texts, drifts; the binary [`Pattern`](networks::Pattern) |
//! | [`partition`] | one network on several ranks: plans by communication, memory and time, and their run |
//! | [`training`] | learning rules of predictive coding and of sequences, gradient flow and its linearisation, read-outs in one solve |
//! | [`analysis`] | attractors and their stability: periodic modes, binary patterns, recall, exponents, roots; filters and fits of drifts |
//! | [`probes`] | what is seen inside a network while it learns, and in its attractors: activations, homology, information, symmetries |
//! | `figures` | drawings of finished results (feature `figures`) |
//! | `experiment` | model files, runs, run directories (feature `experiment`) |
//! | `service` | the page of `simulate serve` and its endpoints (feature `serve`) |

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod cluster;
#[cfg(feature = "experiment")]
pub mod experiment;
#[cfg(feature = "figures")]
pub mod figures;
pub mod language;
pub mod networks;
pub mod numerics;
pub mod partition;
pub mod probes;
#[cfg(feature = "serve")]
pub mod service;
pub mod solver;
pub mod training;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
