//! A predictive-coding network as an associative memory: it stores images as what it can predict.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::network::check_shape;
use super::{
    Clamp, Dynamics, PredictiveFlow, PredictiveNetwork, RelaxOptions, Relaxation, State, relax,
};
use crate::networks::NetworkError;
use crate::numerics::worst::worst;

/// A network whose layer 0 holds images and whose higher layers predict them.
///
/// Layer 0 has one neuron a pixel; the last layer has the prior `N(0, Sigma_L)`. A cue holds the
/// pixels that are known, everything else relaxes to the least energy, and free pixels come to
/// rest on their prediction.
///
/// T. Salvatori, Y. Song, Y. Hong, L. Sha, S. Frieder, Z. Xu, R. Bogacz, T. Lukasiewicz, "Associative
/// memories via predictive coding", `NeurIPS` 34, 3874-3886 (2021), arXiv:2109.08063.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictiveMemory {
    network: PredictiveNetwork,
    options: RelaxOptions,
    /// Most rounds of [`PredictiveMemory::denoise`].
    rounds: usize,
}

/// Images that came back from cues.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Recollection {
    /// One column a cue.
    pub images: DMatrix<f64>,
    /// What the last relaxation came to, one verdict a cue.
    pub relaxation: Relaxation,
    /// Relaxations made.
    pub rounds: usize,
    /// Largest change of a pixel in the last round; 0 where there is but one.
    pub change: f64,
    /// Pixels whose sign the last round has changed; none where there is but one.
    pub flips: usize,
}

impl Recollection {
    /// Whether every cue has come to rest: relaxed, and a repeated recall no longer changes it.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.relaxation.converged() && self.change < REST
    }

    /// Whether the signs of all pixels have come to rest: every cue relaxed, and the last round changed
    /// none. A prior goes on pulling levels towards their mean, long after the pattern stands.
    #[must_use]
    pub fn pattern_at_rest(&self) -> bool {
        self.relaxation.converged() && self.flips == 0
    }
}

/// Change of a pixel below which a repeated recall has come to rest.
const REST: f64 = 1e-6;

impl PredictiveMemory {
    /// A memory from a network that has stored its images (see
    /// [`store`](crate::training::predictive::store)); unconverged samples are flagged, not errors.
    #[must_use]
    pub fn new(network: PredictiveNetwork, options: RelaxOptions, rounds: usize) -> Self {
        Self {
            network,
            options: RelaxOptions {
                keep_unconverged: true,
                ..options
            },
            rounds: rounds.max(1),
        }
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &PredictiveNetwork {
        &self.network
    }

    /// Number of pixels.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.network.class_size()
    }

    /// Completes cues (`pixels x B`) of which the pixels in `known` are held and the others free.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn complete(
        &self,
        cue: &DMatrix<f64>,
        known: &[bool],
    ) -> Result<Recollection, NetworkError> {
        if known.len() != self.pixels() {
            return Err(NetworkError::WrongLength {
                name: "known",
                found: known.len(),
                neurons: self.pixels(),
            });
        }
        let mut shown = cue.clone();
        for (mut row, _) in shown
            .row_iter_mut()
            .zip(known)
            .filter(|(_, known)| !**known)
        {
            row.fill(0.0);
        }
        let free: Vec<f64> = known
            .iter()
            .map(|known| f64::from(u8::from(!known)))
            .collect();
        let (state, relaxation) = self.relax(&shown, free)?;
        Ok(Recollection {
            images: state.values[0].clone(),
            relaxation,
            rounds: 1,
            change: 0.0,
            flips: 0,
        })
    }

    /// Cleans cues (`pixels x B`) in all of their pixels: infers what predicts a cue, puts the
    /// prediction in its place, and so on until nothing changes or the rounds are used up.
    ///
    /// The prior pulls every image a little towards its mean, a stored one too, so the number of
    /// rounds is part of the protocol; [`Recollection::change`] tells what the last one still did.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn denoise(&self, cue: &DMatrix<f64>) -> Result<Recollection, NetworkError> {
        let mut images = cue.clone();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let (state, relaxation) = self.relax(&images, vec![0.0; self.pixels()])?;
            let mut s = state.values[1].clone();
            self.network.activation(1).apply(&mut s);
            let mut predicted = DMatrix::zeros(self.pixels(), images.ncols());
            self.network.predict(0, &s, &mut predicted);
            let change = worst(predicted.iter().zip(&images).map(|(a, b)| (a - b).abs()));
            let pairs = predicted.iter().zip(&images);
            let flips = pairs.filter(|(a, b)| (**a > 0.0) != (**b > 0.0)).count();
            images = predicted;
            if change < REST || rounds == self.rounds {
                return Ok(Recollection {
                    images,
                    relaxation,
                    rounds,
                    change,
                    flips,
                });
            }
        }
    }

    /// Relaxes everything but the pixels with `free` zero, from what the cue suggests.
    fn relax(
        &self,
        cue: &DMatrix<f64>,
        free: Vec<f64>,
    ) -> Result<(State, Relaxation), NetworkError> {
        let mut state = suggest(&self.network, cue)?;
        let mut clamp = Clamp::free(&self.network);
        clamp.beta[0] = free;
        let flow = memory_flow(&self.network, clamp, cue.ncols())?;
        let found = relax(&flow, &mut state, &self.options)?;
        Ok((state, found))
    }
}

/// The flow under a clamp with the prior mean zero.
pub(crate) fn memory_flow(
    network: &PredictiveNetwork,
    clamp: Clamp,
    samples: usize,
) -> Result<PredictiveFlow<'_>, NetworkError> {
    let prior = DMatrix::zeros(network.image_size(), samples);
    PredictiveFlow::new(network, clamp, Dynamics::default(), prior)
}

/// A state with the cue in layer 0 and above it what the feedback matrices make of the layer below:
/// not zero, where rectified neurons would never move.
pub(crate) fn suggest(
    network: &PredictiveNetwork,
    cue: &DMatrix<f64>,
) -> Result<State, NetworkError> {
    check_shape("cue", 0, cue, (network.class_size(), cue.ncols()))?;
    let mut state = State::zero(network, cue.ncols());
    state.values[0].copy_from(cue);
    for layer in 0..network.last() {
        let gain = network.gain(layer);
        state.values[layer + 1] = network.feedback(layer) * &state.values[layer] * gain;
    }
    Ok(state)
}
