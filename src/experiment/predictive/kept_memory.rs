//! The predictive memory of the binary digits of the kind `predictive-memory`: kept in files, read back, and asked with
//! one's own cues.

use std::path::Path;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::capacity::MemorySettings;
use super::generation::columns;
use crate::experiment::data::files::{locate, read_array};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{Placed, UnitInterval, Words, require, settings};
use crate::experiment::{Array, DataError, Diagnostic, RunError, read_matrices};
use crate::networks::predictive::{PredictiveMemory, PredictiveNetwork, Reached, RelaxOptions};

/// Where a missing bias comes from.
const REMEDY: &str = "give the folder of a run of this kind, which holds M_0.npy and b_0.npy";

settings! {
    /// Section `[published]`: the predictive memory of the binary digits that a run of this kind has kept.
    pub struct KeptSettings {
        /// Folder of the run, with `M_0.npy` and `b_0.npy`; left out where it does not exist.
        pub weights: Words,
    }

    /// Section `[cues]`: one's own cues for the predictive memory of the binary digits.
    pub struct CueSettings {
        /// One cue a row, in any form of one's own images: 0 for a pixel that is off, 1 for one that is on, and anything between.
        pub inputs: Numbers,
        /// Share of a cue, from its top, that is known, and the rest is completed; without it all pixels are cleaned.
        pub known: Option<UnitInterval>,
    }
}

/// What one's own cues brought back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recalled {
    /// Where the cues came from.
    pub from: String,
    /// What came of the relaxations.
    pub reached: Reached,
    /// The cues, one a row.
    pub cues: Array,
    /// The answers.
    pub answers: Array,
}

impl CueSettings {
    /// The cues, one a column, as levels from -1 to 1.
    pub(super) fn read(&self, pixels: usize) -> Result<DMatrix<f64>, Diagnostic> {
        let own = OwnSettings {
            inputs: Some(self.inputs.clone()),
            ..OwnSettings::none()
        };
        let rows = own.inputs(0)?.inputs;
        let place = self.inputs.place();
        require(
            &place,
            rows.ncols() == pixels,
            format!("cues of {} pixels for images of {pixels}", rows.ncols()),
            "another width",
            format!("give {pixels} numbers a cue"),
        )?;
        require(
            &place,
            rows.iter().all(|level| (0.0..=1.0).contains(level)),
            "a cue holds a level outside 0 to 1",
            "these cues",
            "divide the levels by the largest that there may be",
        )?;
        Ok(rows.transpose().map(|level| 2.0 * level - 1.0))
    }

    /// What a memory makes of the cues.
    pub(super) fn ask(
        &self,
        memory: &PredictiveMemory,
        cues: &DMatrix<f64>,
    ) -> Result<Recalled, RunError> {
        let found = match &self.known {
            Some(share) => {
                let pixels = cues.nrows();
                let shown = (**share * pixels as f64).round() as usize;
                let known: Vec<bool> = (0..pixels).map(|pixel| pixel < shown).collect();
                memory.complete(cues, &known)?
            }
            None => memory.denoise(cues)?,
        };
        let axes = ["cue", "pixel, row by row"];
        let held = "level, -1 for off and 1 for on";
        Ok(Recalled {
            from: self.inputs.to_string(),
            reached: Reached::of(&found.relaxation),
            cues: columns("cues".into(), cues).along(axes, held),
            answers: columns("answers".into(), &found.images).along(axes, held),
        })
    }
}

/// The weights and the bias of a memory, as a run keeps them.
pub(super) fn keep(memory: &PredictiveMemory) -> Vec<Array> {
    let network = memory.network();
    let bias = network.bias(0).as_slice().to_vec();
    vec![
        columns("M_0".into(), network.prediction(0))
            .along(["hidden neuron", "pixel, row by row"], "weight"),
        Array::list("b_0", bias).along(["pixel, row by row"], "bias: the mean of what is stored"),
    ]
}

/// A memory that a run has kept; `None` if there is no such folder.
pub(super) fn open(
    kept: &KeptSettings,
    settings: &MemorySettings,
    relaxation: RelaxOptions,
    pixels: usize,
) -> Result<Option<PredictiveMemory>, RunError> {
    let folder = locate(&kept.weights);
    if !folder.is_dir() {
        return Ok(None);
    }
    let matrices = read_matrices(&folder)?;
    let bias = read_array(&folder.join("b_0.npy"), REMEDY)?.1;
    let shape = matrices.first().map_or((0, 0), DMatrix::shape);
    let fits = matrices.len() == 1 && shape.0 == pixels && bias.len() == pixels;
    if !fits {
        return Err(other_form(&folder, matrices.len(), shape.0, bias.len(), pixels).into());
    }
    let network = PredictiveNetwork::from_matrices(matrices, vec![*settings.activation])?
        .with_bias(vec![DVector::from_vec(bias)])?;
    Ok(Some(settings.memory(network, relaxation)?))
}

fn other_form(
    folder: &Path,
    layers: usize,
    weights: usize,
    bias: usize,
    pixels: usize,
) -> DataError {
    DataError::Malformed {
        path: folder.to_owned(),
        problem: format!(
            "{layers} layers of weights to {weights} pixels with a bias of {bias}, where a memory has one layer to the {pixels} \
             pixels of the images"
        ),
    }
}
