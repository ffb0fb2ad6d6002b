//! Every estimator under one name, for those that hold several beside each other.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::estimate::{check_pairs, varies};
use super::ksg::{check_distinct, check_neighbours, digamma};
use super::neural::{LEAST_PAIRS, held_out};
use super::{
    Bins, Bound, Estimate, InformationError, NeuralOptions, binned, ksg, ksg_labels, neural_bound,
};

/// An estimator of mutual information with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// [`binned`].
    Binning {
        /// Bins of a column.
        bins: usize,
        /// Where their borders lie.
        borders: Bins,
    },
    /// [`ksg`], and [`ksg_labels`] where one side is a list of labels.
    Ksg {
        /// Neighbours.
        neighbours: usize,
    },
    /// [`neural_bound`].
    Critic {
        /// What the critic bounds.
        bound: Bound,
        /// How it learns.
        options: NeuralOptions,
    },
}

impl Estimator {
    /// The name that the field gives it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Binning { .. } => "binning",
            Self::Ksg { .. } => "ksg",
            Self::Critic { bound, .. } => match bound {
                Bound::Mine => "mine",
                Bound::Nwj => "nwj",
                Bound::InfoNce => "info-nce",
                Bound::Smile => "smile",
            },
        }
    }

    /// The same as a title writes it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Binning { .. } => "bins",
            Self::Ksg { .. } => "nearest neighbours",
            Self::Critic { bound, .. } => match bound {
                Bound::Mine => "MINE",
                Bound::Nwj => "NWJ",
                Bound::InfoNce => "InfoNCE",
                Bound::Smile => "SMILE",
            },
        }
    }

    /// The most that it can say about so many pairs: `ln N` for bins, `psi(N) - psi(k)` for neighbours, the
    /// logarithm of the batch for InfoNCE, and that of the pairs that are held out for other critics, beyond which
    /// no bound is certain (D. McAllester, K. Stratos, AISTATS 2020, arXiv:1811.04251).
    #[must_use]
    pub fn ceiling(&self, samples: usize) -> f64 {
        let held_out = held_out(samples);
        match self {
            Self::Binning { .. } => (samples as f64).ln(),
            Self::Ksg { neighbours } => digamma(samples) - digamma(*neighbours),
            Self::Critic { bound, options } => match bound {
                Bound::InfoNce => (options.batch.min(held_out) as f64).ln(),
                Bound::Mine | Bound::Nwj | Bound::Smile => (held_out as f64).ln(),
            },
        }
    }

    /// Refuses, without an estimate, samples that it cannot work with.
    ///
    /// # Errors
    /// [`InformationError`] for unpaired samples, numbers that are none, a side that never varies, too few
    /// samples, or, for [`ksg`], samples that coincide. Cost: a sort of the samples.
    pub fn check(&self, x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<(), InformationError> {
        check_pairs(x, y)?;
        let count = x.nrows();
        let least = match self {
            Self::Binning { .. } => 2,
            Self::Ksg { neighbours } => {
                return check_neighbours(*neighbours, count)
                    .and_then(|()| check_varies(x, y))
                    .and_then(|()| check_distinct(x, y, *neighbours));
            }
            Self::Critic { .. } => LEAST_PAIRS,
        };
        if count < least {
            return Err(InformationError::TooFew {
                estimator: self.name(),
                found: count,
                least,
                remedy: "take the estimator ksg",
            });
        }
        check_varies(x, y)
    }

    /// The mutual information of pairs, one a row.
    ///
    /// # Errors
    /// Those of the estimator.
    pub fn estimate(
        &self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
    ) -> Result<Estimate, InformationError> {
        match self {
            Self::Binning { bins, borders } => binned(x, y, *bins, *borders),
            Self::Ksg { neighbours } => ksg(x, y, *neighbours),
            Self::Critic { bound, options } => Ok(neural_bound(x, y, *bound, options)?.estimate),
        }
    }

    /// The mutual information of samples, one a row, and their labels.
    ///
    /// # Errors
    /// Those of the estimator.
    pub fn estimate_labels(
        &self,
        x: &DMatrix<f64>,
        labels: &[usize],
    ) -> Result<Estimate, InformationError> {
        let classes = labels.iter().max().map_or(0, |label| label + 1);
        let one_hot = || {
            DMatrix::from_fn(labels.len(), classes, |row, class| {
                f64::from(u8::from(labels[row] == class))
            })
        };
        match self {
            Self::Ksg { neighbours } => ksg_labels(x, labels, *neighbours),
            _ => self.estimate(x, &one_hot()),
        }
    }
}

fn check_varies(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<(), InformationError> {
    for (name, side) in [("x", x), ("y", y)] {
        if !side.column_iter().any(|column| varies(&column)) {
            return Err(InformationError::Constant { name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::information::gaussian_pairs;

    /// What every estimator makes of a copy stays below what it can say at most.
    #[test]
    fn no_estimate_of_a_copy_is_above_the_ceiling() {
        let (x, _) = gaussian_pairs(0.0, 1, 200, 3).unwrap();
        for neighbours in [1, 3] {
            let ksg = Estimator::Ksg { neighbours };
            let found = ksg.estimate(&x, &x).unwrap().nats;
            // of a copy both counts are the least that there are
            assert!((found - ksg.ceiling(200)).abs() < 1e-12);
        }
        let bins = Estimator::Binning {
            bins: 1 << 40,
            borders: Bins::EqualWidth,
        };
        assert!((bins.estimate(&x, &x).unwrap().nats - bins.ceiling(200)).abs() < 1e-12);
        let options = NeuralOptions {
            steps: 50,
            batch: 16,
            ..NeuralOptions::default()
        };
        let contrast = Estimator::Critic {
            bound: Bound::InfoNce,
            options,
        };
        assert!(contrast.estimate(&x, &x).unwrap().nats < contrast.ceiling(200));
    }

    /// Squares of these numbers overflow, or vanish; the information does not know their unit.
    #[test]
    fn the_unit_of_a_column_changes_no_bit() {
        let (x, y) = gaussian_pairs(0.5, 1, 200, 3).unwrap();
        let ksg = Estimator::Ksg { neighbours: 3 };
        let found = ksg.estimate(&x, &y).unwrap();
        for unit in [2.0_f64.powi(1000), 2.0_f64.powi(-900)] {
            let x = &x * unit;
            assert_eq!(ksg.check(&x, &y), Ok(()));
            assert_eq!(ksg.estimate(&x, &y), Ok(found));
        }
        let tiny = &x * 2.0_f64.powi(-1040);
        assert!((ksg.estimate(&tiny, &y).unwrap().nats - found.nats).abs() < 1e-2);
    }

    /// The check refuses what the estimate would, and nothing else.
    #[test]
    fn coinciding_samples_are_found_without_an_estimate() {
        let x = DMatrix::from_row_slice(5, 1, &[1.0, 2.0, 1.0, 3.0, 1.0]);
        let y = DMatrix::from_row_slice(5, 1, &[1.0, 2.0, 1.0, 3.0, 4.0]);
        for neighbours in [1, 2] {
            let ksg = Estimator::Ksg { neighbours };
            assert_eq!(ksg.check(&x, &y).err(), ksg.estimate(&x, &y).err());
        }
        assert!(Estimator::Ksg { neighbours: 1 }.check(&x, &y).is_err());
        assert!(Estimator::Ksg { neighbours: 2 }.check(&x, &y).is_ok());
    }

    /// A label of two well separated clusters is known from the place.
    #[test]
    fn labels_of_separate_clusters_are_known() {
        let (noise, _) = gaussian_pairs(0.0, 1, 400, 5).unwrap();
        let labels: Vec<usize> = (0..400).map(|row| row % 2).collect();
        let x = DMatrix::from_fn(400, 1, |row, _| noise[row] + 100.0 * labels[row] as f64);
        let found = Estimator::Ksg { neighbours: 3 }
            .estimate_labels(&x, &labels)
            .unwrap();
        assert!((found.nats - 2.0_f64.ln()).abs() < 5e-3, "{found:?}");
        let none = Estimator::Ksg { neighbours: 3 }
            .estimate_labels(&noise, &labels)
            .unwrap();
        assert!(
            none.nats.abs() < 4.0 * none.standard_error + 0.01,
            "{none:?}"
        );
    }
}
