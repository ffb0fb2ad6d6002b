//! Memory that a thread keeps from one run for the next: a training makes the same few matrices again and again, and
//! to be given fresh pages by the system takes longer than to fill them (a third of an epoch, measured).

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use nalgebra::DMatrix;

/// Matrices that a thread keeps: as many as a run and its backward pass hold.
const KEPT: usize = 6;

/// Numbers of the largest that is kept (8 MiB, chosen).
const LARGEST: usize = 1 << 20;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// A matrix whose memory goes back to the thread.
#[derive(Debug, Clone)]
pub(super) struct Spare(DMatrix<f64>);

impl Spare {
    /// Zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let mut numbers = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        numbers.clear();
        numbers.resize(rows * columns, 0.0);
        Self(DMatrix::from_vec(rows, columns, numbers))
    }
}

impl From<DMatrix<f64>> for Spare {
    fn from(matrix: DMatrix<f64>) -> Self {
        Self(matrix)
    }
}

impl Deref for Spare {
    type Target = DMatrix<f64>;

    fn deref(&self) -> &DMatrix<f64> {
        &self.0
    }
}

impl DerefMut for Spare {
    fn deref_mut(&mut self) -> &mut DMatrix<f64> {
        &mut self.0
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let numbers: Vec<f64> = std::mem::take(&mut self.0).data.into();
        // A thread that ends has no more use for it.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT && numbers.capacity() <= LARGEST {
                spare.push(numbers);
            }
        });
    }
}
