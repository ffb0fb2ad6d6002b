//! Sums of entrywise products of Gram matrices.

use nalgebra::DMatrix;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use super::panels::Panels;
use super::tile::{Block, Sums, TileShape, strips, tile_shape};
use super::{Real, View};
use super::{mirror, zeros};

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
    left: Vec<Left<T>>,
    rows: usize,
    columns: usize,
    symmetric: bool,
    shape: TileShape,
}

/// The left matrices of a term in panels: inputs, and slopes if there are any.
type Left<T> = (Panels<T>, Option<Panels<T>>);

/// Memory of one thread: the panels on the right of a term, and products with both.
struct Room<T: Real> {
    inputs: Panels<T>,
    slopes: Panels<T>,
    left: Sums<T>,
    right: Sums<T>,
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
        let mut output = zeros(self.rows, self.columns);
        self.write_to(&mut output);
        if self.symmetric {
            mirror(&mut output);
        }
        output
    }

    /// Writes the sum into a matrix. Of a symmetric sum, the lower triangle alone: what is above the
    /// diagonal then has no meaning, until [`mirror`] copies what is below.
    ///
    /// # Panics
    /// If the shape is another, or without terms.
    pub fn write_to(&self, output: &mut DMatrix<T>) {
        assert!(!self.terms.is_empty(), "a sum has terms");
        self.each_term(output, |index| index == 0);
    }

    /// Adds the sum to a matrix; the same of a symmetric one.
    ///
    /// # Panics
    /// If the shape is another.
    pub fn add_to(&self, output: &mut DMatrix<T>) {
        self.each_term(output, |_| false);
    }

    /// Term after term, those that `overwrites` names in place of what is there.
    fn each_term(&self, output: &mut DMatrix<T>, overwrites: impl Fn(usize) -> bool + Sync) {
        assert_eq!(output.shape(), (self.rows, self.columns), "shape of a sum");
        if output.is_empty() {
            return;
        }
        let threads = rayon::current_num_threads();
        let strips = strips(output.as_mut_slice(), self.rows, threads);
        let room = || Room {
            inputs: Panels::new(),
            slopes: Panels::new(),
            left: Sums::new(),
            right: Sums::new(),
        };
        strips
            .into_par_iter()
            .with_max_len(1)
            .for_each_init(room, |room, (first, output)| {
                for (place, pair) in self.terms.iter().zip(&self.left).enumerate() {
                    self.term(room, pair, first, overwrites(place), output);
                }
            });
    }

    /// Adds a term to the strip of columns from `first` on, or overwrites it.
    fn term(
        &self,
        room: &mut Room<T>,
        (term, left): (&GramTerm<'_, T>, &Left<T>),
        first: usize,
        overwrites: bool,
        output: &mut [T],
    ) {
        let columns = output.len() / self.rows;
        let refill = |panels: &mut Panels<T>, right: View<'_, T>| {
            panels.refill(right.every(first, 1, columns), self.shape.columns);
        };
        refill(&mut room.inputs, term.inputs.1);
        if let Some((_, right)) = term.slopes {
            refill(&mut room.slopes, right);
        }
        let lower = self.symmetric.then_some(first);
        for block in Block::groups(&left.0, &room.inputs, lower) {
            block.compute(&mut room.left);
            if let Some(left) = &left.1 {
                let right = &room.slopes;
                let block = Block {
                    left,
                    right,
                    ..block.clone()
                };
                block.compute(&mut room.right);
            }
            Arch::new().dispatch(Finish {
                block,
                products: &room.left,
                factors: left.1.is_some().then_some(&room.right),
                scale: term.scale,
                shift: term.shift,
                overwrites,
                strip: output,
            });
        }
    }
}

/// The last step of a strip: `(scale products + shift) o factors`, in place of what is there or added.
struct Finish<'a, T: Real> {
    block: Block<'a, T>,
    products: &'a Sums<T>,
    factors: Option<&'a Sums<T>>,
    scale: T,
    shift: T,
    overwrites: bool,
    strip: &'a mut [T],
}

impl<T: Real> NullaryFnOnce for Finish<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (scale, shift) = (self.scale, self.shift);
        for (column, rows) in self.block.columns() {
            let products = self.products.part(column, &rows);
            let places = &mut self.strip[column * self.block.left.rows()..][rows.clone()];
            if self.overwrites {
                places.fill(T::zero());
            }
            let places = places.iter_mut().zip(products);
            if let Some(factors) = self.factors {
                let factors = factors.part(column, &rows);
                places.zip(factors).for_each(|((place, a), d)| {
                    *place += (scale * *a + shift) * *d;
                });
            } else {
                places.for_each(|(place, a)| *place += scale * *a + shift);
            }
        }
    }
}
