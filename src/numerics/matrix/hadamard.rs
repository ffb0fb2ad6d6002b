//! Sums of entrywise products of Gram matrices.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::panels::PackedPair;
use super::product::mirror;
use super::tile::{Block, STRIP, TileShape, tile_shape};
use super::{Real, View};

/// Rows of the result worked on at a time, about; two blocks must fit the second cache.
const ROWS: usize = 480;

/// One term `(scale A B^T + shift) o (C D^T)`, whose rows stand for the rows and columns of the
/// result: `A` and `C` on the left, `B` and `D` on the right.
#[derive(Debug)]
pub struct GramTerm<'a, T> {
    /// `A` and `B`: row `i` holds the vector of the `i`-th point.
    pub inputs: (View<'a, T>, View<'a, T>),
    /// Factor of `A B^T`.
    pub scale: T,
    /// Added to every entry of `scale A B^T`.
    pub shift: T,
    /// `C` and `D`; `None` for a factor of ones.
    pub slopes: Option<(View<'a, T>, View<'a, T>)>,
}

/// The sum `sum_l (scale_l A_l B_l^T + shift_l) o (C_l D_l^T)`, the form that every neural tangent
/// kernel has, without a temporary of the size of the result.
#[derive(Debug)]
pub struct HadamardSum<T> {
    terms: Vec<PackedTerm<T>>,
    rows: usize,
    columns: usize,
    symmetric: bool,
    shape: TileShape,
}

#[derive(Debug)]
struct PackedTerm<T> {
    inputs: PackedPair<T>,
    scale: T,
    shift: T,
    slopes: Option<PackedPair<T>>,
}

impl<T: Real> HadamardSum<T> {
    /// Packs the terms of a `rows x columns` sum. With `symmetric`, the left and right matrices are
    /// the same, and only the lower triangle is computed.
    ///
    /// # Panics
    /// If a term has other numbers of rows, or inner lengths that differ.
    #[must_use]
    pub fn new(rows: usize, columns: usize, symmetric: bool, terms: &[GramTerm<'_, T>]) -> Self {
        let shape = tile_shape::<T>();
        let pack = |pair: &(View<'_, T>, View<'_, T>)| {
            assert_eq!((pair.0.rows(), pair.1.rows()), (rows, columns), "points");
            assert_eq!(pair.0.columns(), pair.1.columns(), "inner lengths");
            PackedPair::pack(pair.0, pair.1, shape)
        };
        let terms = terms.iter().map(|term| PackedTerm {
            inputs: pack(&term.inputs),
            scale: term.scale,
            shift: term.shift,
            slopes: term.slopes.as_ref().map(pack),
        });
        Self {
            terms: terms.collect(),
            rows,
            columns,
            symmetric: symmetric && rows == columns,
            shape,
        }
    }

    /// The sum. Cost `2 rows columns` operations for each unit of inner length, half of it if
    /// symmetric; memory for the result alone, beside two blocks a thread.
    #[must_use]
    pub fn compute(&self) -> DMatrix<T> {
        let mut output = DMatrix::zeros(self.rows, self.columns);
        self.add_to(&mut output);
        if self.symmetric {
            mirror(&mut output);
        }
        output
    }

    /// Adds the sum to a matrix. Of a symmetric sum, the lower triangle alone: what is above the
    /// diagonal then has no meaning, until [`mirror`] copies what is below.
    ///
    /// # Panics
    /// If the shape is another.
    pub fn add_to(&self, output: &mut DMatrix<T>) {
        assert_eq!(output.shape(), (self.rows, self.columns), "shape of a sum");
        if output.is_empty() {
            return;
        }
        output
            .as_mut_slice()
            .par_chunks_mut(STRIP * self.rows)
            .enumerate()
            .for_each(|(index, output)| self.strip(index, output));
    }

    /// One strip of columns.
    fn strip(&self, index: usize, output: &mut [T]) {
        let (rows, shape) = (self.rows, self.shape);
        let columns = output.len() / rows;
        let panels = rows.div_ceil(shape.rows);
        let at_once = (ROWS / shape.rows).max(1);
        let mut first = if self.symmetric {
            index * STRIP / shape.rows
        } else {
            0
        };
        let per_strip = STRIP / shape.columns;
        let right = (
            index * per_strip,
            index * per_strip + columns.div_ceil(shape.columns),
        );
        let height = at_once * shape.rows;
        let mut left_block = vec![T::zero(); height * STRIP];
        let mut right_block = vec![T::zero(); height * STRIP];
        while first < panels {
            let last = panels.min(first + at_once);
            let top = first * shape.rows;
            let tall = (rows - top).min((last - first) * shape.rows);
            let product = |panels: &PackedPair<T>, scale: T, block: &mut [T]| {
                Block {
                    left: panels.left(),
                    right: panels.right(),
                    left_panels: (first, last),
                    right_panels: right,
                    output: block,
                    stride: height,
                    rows: tall,
                    columns,
                    lower: self.symmetric.then_some((top, index * STRIP)),
                    alpha: scale,
                    beta: T::zero(),
                }
                .compute();
            };
            for term in &self.terms {
                product(&term.inputs, term.scale, &mut left_block);
                if let Some(slopes) = &term.slopes {
                    product(slopes, T::one(), &mut right_block);
                }
                for column in 0..columns {
                    let place = &mut output[column * rows + top..column * rows + top + tall];
                    let a = &left_block[column * height..column * height + tall];
                    if term.slopes.is_some() {
                        let d = &right_block[column * height..column * height + tall];
                        for ((place, a), d) in place.iter_mut().zip(a).zip(d) {
                            *place += (*a + term.shift) * *d;
                        }
                    } else {
                        for (place, a) in place.iter_mut().zip(a) {
                            *place += *a + term.shift;
                        }
                    }
                }
            }
            first = last;
        }
    }
}
