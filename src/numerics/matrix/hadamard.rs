//! Sums of entrywise products of Gram matrices.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::mirror;
use super::panels::Panels;
use super::tile::{Block, GROUP, TileShape, strip_width, tile_shape};
use super::{Real, View};

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
pub struct HadamardSum<'a, T: Real> {
    terms: &'a [GramTerm<'a, T>],
    /// The left matrices of every term.
    left: Vec<(Panels<T>, Option<Panels<T>>)>,
    rows: usize,
    columns: usize,
    symmetric: bool,
    shape: TileShape,
}

/// Memory of one thread: the panels on the right of a term, and blocks of both products.
struct Room<T: Real> {
    inputs: Panels<T>,
    slopes: Panels<T>,
    left_block: Vec<T>,
    right_block: Vec<T>,
}

impl<'a, T: Real> HadamardSum<'a, T> {
    /// Packs the terms of a `rows x columns` sum. With `symmetric`, the left and right matrices are
    /// the same, and only the lower triangle is computed.
    ///
    /// # Panics
    /// If a term has other numbers of rows, or inner lengths that differ.
    #[must_use]
    pub fn new(rows: usize, columns: usize, symmetric: bool, terms: &'a [GramTerm<'a, T>]) -> Self {
        let shape = tile_shape::<T>();
        let pack = |pair: &(View<'_, T>, View<'_, T>)| {
            assert_eq!((pair.0.rows(), pair.1.rows()), (rows, columns), "points");
            assert_eq!(pair.0.columns(), pair.1.columns(), "inner lengths");
            Panels::pack(pair.0, shape.rows)
        };
        let left = terms.iter().map(|term| {
            let slopes = term.slopes.as_ref().map(pack);
            (pack(&term.inputs), slopes)
        });
        Self {
            left: left.collect(),
            terms,
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
        let width = strip_width(self.columns);
        let strips = output.as_mut_slice().par_chunks_mut(width * self.rows);
        let room = || Room {
            inputs: Panels::new(),
            slopes: Panels::new(),
            left_block: vec![T::zero(); width * self.stride()],
            right_block: vec![T::zero(); width * self.stride()],
        };
        strips
            .enumerate()
            .for_each_init(room, |room, (index, output)| {
                for (term, left) in self.terms.iter().zip(&self.left) {
                    self.add_term(room, term, left, index * width, output);
                }
            });
    }

    /// Distance of the columns of a block of [`GROUP`] panels: a cache line more than they are
    /// long, so that the columns lie in different places of the first cache.
    fn stride(&self) -> usize {
        GROUP * self.shape.rows + 64 / size_of::<T>()
    }

    /// Adds a term to the strip of columns from `first` on.
    fn add_term(
        &self,
        room: &mut Room<T>,
        term: &GramTerm<'_, T>,
        left: &(Panels<T>, Option<Panels<T>>),
        first: usize,
        output: &mut [T],
    ) {
        let columns = output.len() / self.rows;
        let (scale, shift) = (term.scale, term.shift);
        let refill = |panels: &mut Panels<T>, right: View<'_, T>| {
            panels.refill(right.every(first, 1, columns), self.shape.columns);
        };
        refill(&mut room.inputs, term.inputs.1);
        if let Some((_, right)) = term.slopes {
            refill(&mut room.slopes, right);
        }
        // The panel in which the diagonal enters the strip.
        let begin = if self.symmetric {
            first / self.shape.rows
        } else {
            0
        };
        let stride = self.stride();
        for panel in (begin..left.0.count()).step_by(GROUP) {
            let top = panel * self.shape.rows;
            let tall = (self.rows - top).min(GROUP * self.shape.rows);
            let product = |left: &Panels<T>, right: &Panels<T>, block: &mut [T]| {
                Block {
                    left,
                    left_panels: (panel, left.count().min(panel + GROUP)),
                    right,
                    output: block,
                    stride,
                    rows: tall,
                    lower: self.symmetric.then_some((top, first)),
                    alpha: T::one(),
                    beta: T::zero(),
                }
                .compute();
            };
            product(&left.0, &room.inputs, &mut room.left_block);
            if let Some(left) = &left.1 {
                product(left, &room.slopes, &mut room.right_block);
            }
            let columns = output.chunks_exact_mut(self.rows);
            let blocks = room
                .left_block
                .chunks_exact(stride)
                .zip(room.right_block.chunks_exact(stride));
            for (column, (a, d)) in columns.zip(blocks) {
                let place = column[top..top + tall].iter_mut();
                if left.1.is_some() {
                    for ((place, a), d) in place.zip(a).zip(d) {
                        *place += (scale * *a + shift) * *d;
                    }
                } else {
                    for (place, a) in place.zip(a) {
                        *place += scale * *a + shift;
                    }
                }
            }
        }
    }
}
