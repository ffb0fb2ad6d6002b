//! Products of many blocks, all weighted by one matrix.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::panels::Panels;
use super::tile::{Block, Sums, strips, tile_shape};
use super::{Real, View};

/// Memory of one thread: the panels on the right, and their products.
type Room<T> = (Panels<T>, Sums<T>);

/// Adds `W o (C_o D_p^T)` to the block `(o, p)` of a matrix, for every `C_o` on the left and every
/// `D_p` on the right, without a temporary of the size of the result: what a layer adds to a
/// tangent kernel of several outputs.
///
/// With `symmetric`, the matrices on the left and right are the same and `W` is symmetric; only the
/// lower triangle of every block is computed. Cost `2 rows columns` operations of the result for
/// each unit of inner length, half of it if symmetric.
///
/// # Panics
/// If the shapes do not fit.
pub fn add_weighted_products<T: Real>(
    output: &mut DMatrix<T>,
    weights: &DMatrix<T>,
    left: &[View<'_, T>],
    right: &[View<'_, T>],
    symmetric: bool,
) {
    let (rows, columns) = weights.shape();
    let (tall, wide) = (rows * left.len(), columns * right.len());
    assert_eq!(output.shape(), (tall, wide), "shape of the blocks");
    if output.is_empty() {
        return;
    }
    let shape = tile_shape::<T>();
    let pack = |view: &View<'_, T>| Panels::pack(*view, shape.rows);
    let left: Vec<Panels<T>> = left.iter().map(pack).collect();
    let threads = rayon::current_num_threads();
    let strip = |room: &mut Room<T>, right: View<'_, T>, first: usize, output: &mut [T]| {
        let (panels, sums) = room;
        panels.refill(right.every(first, 1, output.len() / tall), shape.columns);
        for (index, left) in left.iter().enumerate() {
            for block in Block::groups(left, panels, symmetric.then_some(first)) {
                block.compute(sums);
                for (column, here) in block.columns() {
                    let sums = sums.part(column, &here);
                    let weights = weights.column(first + column);
                    let weights = &weights.as_slice()[here.clone()];
                    let places = &mut output[column * tall + index * rows..][here];
                    for ((place, weight), sum) in places.iter_mut().zip(weights).zip(sums) {
                        *place += *weight * *sum;
                    }
                }
            }
        }
    };
    let blocks = output.as_mut_slice().par_chunks_mut(tall * columns);
    blocks.zip(right).for_each(|(block, right)| {
        let strips = strips(block, tall, threads).into_par_iter();
        let room = || (Panels::new(), Sums::new());
        strips.for_each_init(room, |room, (first, output)| {
            strip(room, *right, first, output);
        });
    });
    if symmetric {
        for column in 0..wide {
            for block in 0..left.len() {
                for row in 0..column % columns {
                    let (row, column) = (block * rows + row, column);
                    output[(row, column)] = output[(column, row)];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_agree_with_their_formula() {
        let wave = |rows, columns, pace: f64| {
            DMatrix::from_fn(rows, columns, |i, j| {
                (pace * (3 * i + 7 * j + 1) as f64).sin()
            })
        };
        for (rows, columns, symmetric) in [(130, 130, true), (75, 20, false)] {
            let weights = if symmetric {
                let square = wave(rows, columns, 0.1);
                &square + square.transpose()
            } else {
                wave(rows, columns, 0.1)
            };
            let left = [wave(rows, 5, 0.2), wave(rows, 5, 0.3), wave(rows, 5, 0.5)];
            let right = if symmetric {
                left.to_vec()
            } else {
                vec![wave(columns, 5, 0.7), wave(columns, 5, 0.9)]
            };
            let mut output = DMatrix::from_element(rows * 3, columns * right.len(), 1.0);
            let left_views: Vec<_> = left.iter().map(View::from).collect();
            let right_views: Vec<_> = right.iter().map(View::from).collect();
            add_weighted_products(&mut output, &weights, &left_views, &right_views, symmetric);
            for (o, c) in left.iter().enumerate() {
                for (p, d) in right.iter().enumerate() {
                    let expected = weights.component_mul(&(c * d.transpose())).add_scalar(1.0);
                    let found = output.view((o * rows, p * columns), (rows, columns));
                    assert!((found - expected).amax() < 1e-13);
                }
            }
            assert!(!symmetric || output == output.transpose());
        }
    }
}
