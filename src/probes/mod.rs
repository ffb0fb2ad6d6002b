//! Probes: what is seen inside a network while it learns, and in the attractors that it reaches.
//!
//! [`homology`] finds the components, loops and voids of weights, relevances and trajectories.

pub mod homology;
