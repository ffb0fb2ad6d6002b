//! Probes: persistent homology, mutual information, VECA.

use numpy::PyArray2;
use pulsatrix::probes::homology::{
    Diagram, FilteredGraph, Interval, bottleneck_distance, graph_diagrams, wasserstein_distance,
};
use pulsatrix::probes::information::{Bins, Estimate, Estimator, NeuralOptions};
use pulsatrix::probes::veca as inequality;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrays::{Table, matrix, table, word};
use crate::errors;
use crate::watch::watched;

/// Births and deaths of every dimension, of points, distances or weights.
#[pyfunction]
pub fn persistent_homology<'py>(
    py: Python<'py>,
    data: Table<'py>,
    of: &str,
    dimension: usize,
    threshold: Option<f64>,
) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
    let data = matrix(&data)?;
    let filter = match of {
        "points" => FilteredGraph::of_points,
        "distances" => FilteredGraph::of_distances,
        "weights" => FilteredGraph::of_weights,
        other => {
            return Err(PyValueError::new_err(format!(
                "of: `{other}`, expected one of `points`, `distances`, `weights`"
            )));
        }
    };
    let diagrams = watched(py, None, move |_| {
        graph_diagrams(&filter(&data, threshold)?, dimension)
    })?;
    let diagrams = diagrams.map_err(|error| errors::value(&error))?;
    let rows = diagrams.iter().map(|diagram| {
        let all = diagram.intervals.iter();
        let all = all.flat_map(|class| [class.birth, class.death]);
        table(py, all.collect(), [diagram.intervals.len(), 2])
    });
    rows.collect()
}

fn diagram(array: &Table<'_>) -> PyResult<Diagram> {
    let matrix = matrix(array)?;
    let intervals = matrix.row_iter().map(|row| Interval {
        birth: row[0],
        death: row[1],
    });
    Ok(Diagram {
        dimension: 0,
        intervals: intervals.collect(),
    })
}

/// The bottleneck distance (`order` infinite) or the Wasserstein distance of two diagrams.
#[pyfunction]
pub fn diagram_distance(
    py: Python<'_>,
    one: Table<'_>,
    other: Table<'_>,
    order: f64,
) -> PyResult<f64> {
    let (one, other) = (diagram(&one)?, diagram(&other)?);
    let distance = watched(py, None, move |_| {
        if order == f64::INFINITY {
            bottleneck_distance(&one, &other)
        } else {
            wasserstein_distance(&one, &other, order)
        }
    })?;
    distance.map_err(|error| errors::value(&error))
}

/// How mutual information is estimated.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Asked {
    method: String,
    neighbours: usize,
    bins: usize,
    borders: String,
    widths: Vec<usize>,
    steps: usize,
    batch: usize,
    rate: f64,
    seed: u64,
}

impl Asked {
    fn estimator(self) -> PyResult<Estimator> {
        Ok(match self.method.as_str() {
            "ksg" => Estimator::Ksg {
                neighbours: self.neighbours,
            },
            "binning" => Estimator::Binning {
                bins: self.bins,
                borders: word::<Bins>("borders", &self.borders)?,
            },
            critic => Estimator::Critic {
                bound: word("method: `ksg`, `binning`, or a critic", critic)?,
                options: NeuralOptions {
                    widths: self.widths,
                    steps: self.steps,
                    batch: self.batch,
                    rate: self.rate,
                    seed: self.seed,
                },
            },
        })
    }
}

/// Nats and their standard error, between samples in rows, or samples and labels.
#[pyfunction]
pub fn mutual_information<'py>(
    py: Python<'py>,
    x: Table<'py>,
    y: Option<Table<'py>>,
    labels: Option<Vec<usize>>,
    asked: Asked,
) -> PyResult<(f64, f64)> {
    let estimator = asked.estimator()?;
    let (x, y) = (matrix(&x)?, y.as_ref().map(matrix).transpose()?);
    let found = watched(py, None, move |_| match (&y, &labels) {
        (Some(y), _) => estimator.estimate(&x, y),
        (None, labels) => estimator.estimate_labels(&x, labels.as_deref().unwrap_or_default()),
    })?;
    let Estimate {
        nats,
        standard_error,
        ..
    } = found.map_err(|error| errors::value(&error))?;
    Ok((nats, standard_error))
}

/// Variance and mean of the eigenvalues of a covariance, and their ratio without a scale.
#[pyfunction]
pub fn veca(py: Python<'_>, activations: Table<'_>) -> PyResult<(f64, f64, Option<f64>)> {
    let activations = matrix(&activations)?;
    let found = watched(py, None, move |_| inequality(&activations))?;
    let found = found.map_err(|error| errors::value(&error))?;
    Ok((found.variance, found.mean, found.relative))
}
