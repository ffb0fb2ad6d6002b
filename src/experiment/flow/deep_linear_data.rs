//! One's own data of the kind `deep-linear`: whitened, so that their modes have a closed form.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::experiment::data::learnt::{SQUARED, require_small};
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{Mistakes, Place, Placed, require};
use crate::experiment::{Array, DataStatement};
use crate::training::flow::WhitenedData;

/// Data whose modes networks learn.
pub(super) struct LinearData {
    pub whitened: WhitenedData,
    inputs: DMatrix<f64>,
    pub statement: DataStatement,
}

/// What least squares make of the data: the end of every flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeastSquares {
    /// Rank of the inputs.
    pub rank: usize,
    /// Mean square of what no linear map explains, of all targets of an example together.
    pub unexplained: f64,
    /// The map from inputs, as they were scaled, to targets, of least norm.
    pub map: Array,
}

impl LinearData {
    /// Reads and whitens the data, if there are any.
    pub fn read(own: &OwnSettings) -> Result<Option<Self>, Mistakes> {
        if !own.is_given()? {
            return Ok(None);
        }
        let found = own.learnt(None)?;
        require_small(&own.inputs, "an input", &found.inputs, SQUARED)?;
        let place = own.targets.as_ref().or(own.inputs.as_ref());
        let place = place.map_or(Place::NOWHERE, Placed::place);
        require_small(&place, "a target", &found.targets, SQUARED)?;
        let whitened = WhitenedData::new(&found.inputs, &found.targets);
        require(
            &own.inputs,
            !whitened.singular_values.is_empty(),
            "inputs and targets are not correlated: a linear network has nothing to learn",
            "these inputs",
            "give targets that some linear map of the inputs explains in part",
        )?;
        Ok(Some(Self {
            whitened,
            inputs: found.inputs,
            statement: found.statement,
        }))
    }

    pub fn least_squares(&self) -> LeastSquares {
        let map = self.whitened.least_squares(&self.inputs);
        LeastSquares {
            rank: self.whitened.inputs.ncols(),
            unexplained: self.whitened.unexplained(),
            map: Array::matrix("least_squares", &map).along(
                ["target", "number of the input"],
                "coefficient, in the unit of the targets over that of the inputs",
            ),
        }
    }
}
