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
//! # What do you have?
//!
//! | you have | begin with |
//! |---|---|
//! | a delay equation, in Rust | [`closure_field`](solver::closure_field) and [`integrate`](solver::integrate); [`DelayField`](solver::DelayField) for more, [`Event`](solver::Event)s, [`StochasticSolver`](solver::StochasticSolver) under noise |
//! | equations as text | [`SystemText`](language::SystemText) |
//! | a steady state, and a question about its stability | [`LinearDelay::characteristic_roots`](analysis::LinearDelay::characteristic_roots), [`axis_crossings`](analysis::axis_crossings), [`lyapunov_exponents`](analysis::lyapunov_exponents) |
//! | a periodic orbit | [`periodic_orbit`](solver::periodic_orbit) by collocation, [`certify`](analysis::certify) in the relay limit, with Floquet multipliers |
//! | a network of impulse neurons | [`ImpulseNetwork`](networks::ImpulseNetwork); [`settle`](analysis::settle) for one pattern, [`Atlas`](analysis::Atlas) for all, [`WaveNetwork`](analysis::WaveNetwork) for orders |
//! | a claim that needs a proof | [`prove`](analysis::prove): existence, uniqueness and stability by interval arithmetic |
//! | noise, and a memory that it destroys | [`NoisyMemory`](analysis::NoisyMemory), [`Lifetime`](analysis::Lifetime), [`Barrier`](analysis::Barrier) |
//! | neurons that spike, with a delay for every synapse | [`SpikingNetwork`](networks::SpikingNetwork) |
//! | patterns to store | [`Hopfield`](networks::Hopfield), [`ModernHopfield`](networks::ModernHopfield), [`DenseMemory`](networks::DenseMemory), [`programmed_weights`](networks::programmed_weights); [`recall`](analysis::recall()) measures any of them on the same cues |
//! | images, and their classes | [`PredictiveNetwork`](networks::predictive::PredictiveNetwork) with [`relax`](networks::predictive::relax), [`training::predictive`]; [`SpectralReadout`](training::readout::SpectralReadout) in one solve |
//! | a network whose kernel you want | [`DeepNetwork`](networks::deep::DeepNetwork) at its width, [`LimitKernel`](networks::kernels::LimitKernel) at infinite width |
//! | a kernel, and a question what it has learnt | [`Linearised`](training::flow::Linearised) at any time, [`Posterior`](networks::kernels::Posterior) |
//! | a loss to follow exactly | [`GradientFlow`](training::flow::GradientFlow), [`MiniBatches`](training::flow::MiniBatches), [`descend`](training::flow::descend) |
//! | a time series | [`ElmanNetwork`](networks::recurrent::ElmanNetwork) and [`training::recurrent`]; [`KalmanFilter`](analysis::KalmanFilter) as the bound; [`delay_embedding`](probes::homology::delay_embedding) for its shape |
//! | texts | [`TextNetwork`](networks::text::TextNetwork) |
//! | a network while it learns | [`probes`]: [`veca`](probes::veca()), [`graph_diagrams`](probes::homology::graph_diagrams), [`ksg`](probes::information::ksg), [`compare`](probes::symmetry::compare) |
//! | a network too large for one rank | [`Plan`](partition::Plan) and [`run_rank`](partition::run::run_rank) |
//! | many tasks, on threads or machines | [`Crew`](cluster::Crew) |
//! | a model file | `experiment::ModelFile` and `experiment::read` (feature `experiment`) |
//!
//! The guide in `docs/` has a page for each, from the question to the picture; `examples/` has a short program for each room.
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

#[cfg(doctest)]
mod guide;
