//! The empirical tangent kernel of whole data sets, tile by tile within a given memory.

use std::ops::Range;

use nalgebra::DMatrix;

use super::{DeepNetwork, DifferentiableModel, KernelOutputs};
use crate::networks::NetworkError;
use crate::numerics::matrix::Real;

/// How a tangent kernel is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KernelOptions {
    /// Which outputs are kept apart.
    pub outputs: KernelOutputs,
    /// Bytes that the kernel and all that it needs may take, about; 4 GiB by default. Results do
    /// not depend on it.
    pub memory: usize,
}

impl Default for KernelOptions {
    fn default() -> Self {
        Self {
            outputs: KernelOutputs::All,
            memory: 4 << 30,
        }
    }
}

impl DeepNetwork {
    /// The empirical tangent kernel `J(x) J(x')^T` between two batches (`inputs` with itself if
    /// `None`), by products of the factors of the Jacobian.
    ///
    /// A. Jacot, F. Gabriel, C. Hongler, `NeurIPS` 2018, arXiv:1806.07572. Computed in the
    /// precision of its arguments; `f32` is good to about 3e-7 relative, where no rectifier stands
    /// on its kink. Cost: forward and backward passes, and `2 N N'` operations for every unit on
    /// both sides of a layer (half of it if symmetric). If a batch does not fit into the memory at
    /// once, tiles are computed, and the passes are repeated for every row of tiles. Bitwise equal
    /// for any number of threads and any memory.
    ///
    /// # Errors
    /// [`NetworkError::Memory`] before anything is computed, if even tiles do not fit, and those
    /// of [`DeepNetwork::pass`].
    pub fn tangent_kernel<T: Real>(
        &self,
        parameters: &[T],
        inputs: &DMatrix<T>,
        other: Option<&DMatrix<T>>,
        options: KernelOptions,
    ) -> Result<DMatrix<T>, NetworkError> {
        let blocks = self.blocks(options.outputs);
        let (rows, columns) = (inputs.nrows(), other.unwrap_or(inputs).nrows());
        let bytes = rows
            .saturating_mul(columns)
            .saturating_mul(blocks * blocks * size_of::<T>());
        if bytes > options.memory {
            return Err(NetworkError::Memory {
                name: "the tangent kernel",
                needed: bytes,
                allowed: options.memory,
                remedy: "take fewer examples, the mean over the outputs, or its tiles or products \
                         alone",
            });
        }
        let rest = KernelOptions {
            memory: options.memory - bytes,
            ..options
        };
        if rows.max(columns) <= self.examples_at_once::<T>(rest)? {
            return self.whole(parameters, inputs, other, options.outputs);
        }
        let mut kernel = DMatrix::zeros(rows * blocks, columns * blocks);
        self.tangent_kernel_tiles(parameters, inputs, other, rest, |at, across, tile| {
            for o in 0..blocks {
                for p in 0..blocks {
                    let shape = (at.len(), across.len());
                    let from = tile.view((o * shape.0, p * shape.1), shape);
                    let place = (o * rows + at.start, p * columns + across.start);
                    kernel.view_mut(place, shape).copy_from(&from);
                    if other.is_none() && at.start != across.start {
                        let place = (place.1, place.0);
                        let shape = (shape.1, shape.0);
                        kernel.view_mut(place, shape).copy_from(&from.transpose());
                    }
                }
            }
            Ok(())
        })?;
        Ok(kernel)
    }

    /// The tangent kernel in square tiles, for kernels too large to be held: `visit` gets the
    /// examples on both sides of a tile, and its numbers as [`DeepNetwork::tangent_kernel`] gives
    /// them. Of a symmetric kernel, only tiles on and below the diagonal are visited.
    ///
    /// # Errors
    /// Those of [`DeepNetwork::tangent_kernel`], and what `visit` returns.
    pub fn tangent_kernel_tiles<T: Real>(
        &self,
        parameters: &[T],
        inputs: &DMatrix<T>,
        other: Option<&DMatrix<T>>,
        options: KernelOptions,
        mut visit: impl FnMut(Range<usize>, Range<usize>, &DMatrix<T>) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let side = self.examples_at_once::<T>(options)?;
        let columns = other.unwrap_or(inputs);
        for rows in pieces(inputs.nrows(), side) {
            let part = inputs.rows_range(rows.clone()).into_owned();
            let factors = self.factors(parameters, &part)?;
            for across in pieces(columns.nrows(), side) {
                if other.is_none() && across.start > rows.start {
                    break;
                }
                let tile = if other.is_none() && across.start == rows.start {
                    factors.kernel(None, options.outputs)?
                } else {
                    let part = columns.rows_range(across.clone()).into_owned();
                    let others = self.factors(parameters, &part)?;
                    factors.kernel(Some(&others), options.outputs)?
                };
                visit(rows.clone(), across, &tile)?;
            }
        }
        Ok(())
    }

    /// The diagonal of the tangent kernel alone: `|df_o(x_i)/dtheta|^2` in row `i` and column `o`.
    /// Its sum is the trace. Cost: a gradient for every output; memory in pieces as for the kernel.
    ///
    /// # Errors
    /// Those of [`DeepNetwork::tangent_kernel`].
    pub fn tangent_diagonal<T: Real>(
        &self,
        parameters: &[T],
        inputs: &DMatrix<T>,
        memory: usize,
    ) -> Result<DMatrix<T>, NetworkError> {
        let options = KernelOptions {
            outputs: KernelOutputs::Mean,
            memory,
        };
        let side = self.examples_at_once::<T>(options)?;
        let mut diagonal = DMatrix::zeros(inputs.nrows(), self.output_count());
        for rows in pieces(inputs.nrows(), side) {
            let part = inputs.rows_range(rows.clone()).into_owned();
            let found = self.factors(parameters, &part)?.diagonal();
            diagonal.rows_range_mut(rows).copy_from(&found);
        }
        Ok(diagonal)
    }

    fn whole<T: Real>(
        &self,
        parameters: &[T],
        inputs: &DMatrix<T>,
        other: Option<&DMatrix<T>>,
        outputs: KernelOutputs,
    ) -> Result<DMatrix<T>, NetworkError> {
        let factors = self.factors(parameters, inputs)?;
        let others = other.map(|other| self.factors(parameters, other));
        factors.kernel(others.transpose()?.as_ref(), outputs)
    }

    fn blocks(&self, outputs: KernelOutputs) -> usize {
        match outputs {
            KernelOutputs::All => self.output_count(),
            KernelOutputs::Mean => 1,
        }
    }

    /// Examples on each side of a tile whose passes, factors and numbers fit into the memory.
    fn examples_at_once<T: Real>(&self, options: KernelOptions) -> Result<usize, NetworkError> {
        let outputs = self.output_count();
        // Inputs, sums and slopes, and inputs and slopes once more in panels; both sides.
        let numbers = |layer: &super::Layer| {
            layer.pixels * (2 * layer.fan_in + (1 + 2 * outputs) * layer.outputs)
        };
        let each = 2 * size_of::<T>() * self.layers().iter().map(numbers).sum::<usize>();
        let pair = size_of::<T>() * self.blocks(options.outputs).pow(2);
        // The larger root of pair n^2 + each n = memory.
        let (a, b) = (pair as f64, each as f64);
        let root =
            2.0 * options.memory as f64 / (b + (b * b + 4.0 * a * options.memory as f64).sqrt());
        if root < 1.0 {
            return Err(NetworkError::Memory {
                name: "a tangent kernel of one example",
                needed: each + pair,
                allowed: options.memory,
                remedy: "allow more memory, or take its products alone",
            });
        }
        Ok(root as usize)
    }
}

/// Ranges of `side` numbers, the last maybe shorter.
fn pieces(count: usize, side: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count)
        .step_by(side)
        .map(move |start| start..count.min(start + side))
}
