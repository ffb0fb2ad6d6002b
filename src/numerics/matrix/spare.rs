//! Memory that a thread keeps from one product for the next.
//!
//! To be given fresh pages by the system takes longer than to fill them: a tenth of the time of a
//! training step of some thousand examples. So what panels, sums and passes leave behind goes into
//! a list of the thread, and serves the next of about that size.

use std::ops::{Deref, DerefMut};

use nalgebra::DMatrix;

use super::Real;

/// Bytes that a thread keeps: a step of training with its kernel on 1024 examples and four layers of
/// 1024 units, in `f64`.
const KEPT_BYTES: usize = 1 << 27;
/// Pieces of memory that it keeps, among which the search for one stays short.
const KEPT: usize = 32;
/// Bytes of a cache line.
pub(super) const LINE: usize = 64;

/// So many numbers of any value.
fn take<T: Real>(length: usize) -> Vec<T> {
    let fits = |numbers: &Vec<T>| (length..=2 * length).contains(&numbers.capacity());
    let kept = T::spare().with_borrow_mut(|spare| {
        let place = spare.iter().rposition(fits)?;
        Some(spare.remove(place))
    });
    match kept {
        Some(mut numbers) => {
            numbers.resize(length, T::zero());
            numbers
        }
        None => vec![T::zero(); length],
    }
}

/// Leaves memory to this thread.
fn leave<T: Real>(numbers: Vec<T>) {
    if numbers.capacity() == 0 {
        return;
    }
    // A thread that ends has no more use for it.
    let _ = T::spare().try_with(|spare| {
        let mut spare = spare.borrow_mut();
        spare.push(numbers);
        let bytes = |numbers: &Vec<T>| numbers.capacity() * size_of::<T>();
        while spare.len() > KEPT || spare.iter().map(bytes).sum::<usize>() > KEPT_BYTES {
            spare.remove(0);
        }
    });
}

/// A matrix whose numbers have no meaning yet, in memory that this thread has kept, if there is any.
pub(crate) fn blank<T: Real>(rows: usize, columns: usize) -> DMatrix<T> {
    DMatrix::from_vec(rows, columns, take(rows * columns))
}

/// A matrix of zeros whose pages the system gives when they are first written, on the thread that
/// does so; `DMatrix::zeros` writes all of them on this one.
pub(crate) fn zeros<T: Real>(rows: usize, columns: usize) -> DMatrix<T> {
    DMatrix::from_vec(rows, columns, vec![T::zero(); rows * columns])
}

/// Leaves the memory of a matrix to the next [`blank`] one of this thread.
pub(crate) fn recycle<T: Real>(matrix: DMatrix<T>) {
    leave(matrix.data.into());
}

/// Matrices whose memory is left to the next [`blank`] ones of the thread that drops them.
#[derive(Debug, Clone)]
pub(crate) struct Recycled<T: Real>(Vec<DMatrix<T>>);

impl<T: Real> Recycled<T> {
    /// Room for so many matrices.
    pub fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }
}

impl<T: Real> FromIterator<DMatrix<T>> for Recycled<T> {
    fn from_iter<I: IntoIterator<Item = DMatrix<T>>>(matrices: I) -> Self {
        Self(matrices.into_iter().collect())
    }
}

impl<T: Real> Deref for Recycled<T> {
    type Target = Vec<DMatrix<T>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: Real> DerefMut for Recycled<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T: Real> Drop for Recycled<T> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(recycle);
    }
}

/// Numbers from the first of a cache line on, so that registers are loaded from whole lines. What
/// they hold at first has no meaning.
#[derive(Debug)]
pub(super) struct Spare<T: Real> {
    numbers: Vec<T>,
    start: usize,
}

impl<T: Real> Spare<T> {
    /// No memory yet.
    pub fn new() -> Self {
        Self {
            numbers: Vec::new(),
            start: 0,
        }
    }

    /// Makes room for so many numbers, with the memory at hand if it suffices.
    pub fn reserve(&mut self, length: usize) {
        if self.numbers.len() - self.start >= length {
            return;
        }
        leave(std::mem::take(&mut self.numbers));
        self.numbers = take(length + LINE / size_of::<T>());
        let start = self.numbers.as_ptr().align_offset(LINE);
        // An allocator that aligns to less than a number leaves no such place.
        self.start = if start < LINE / size_of::<T>() {
            start
        } else {
            0
        };
    }

    #[inline(always)]
    pub fn numbers(&self) -> &[T] {
        &self.numbers[self.start..]
    }

    #[inline(always)]
    pub fn numbers_mut(&mut self) -> &mut [T] {
        &mut self.numbers[self.start..]
    }
}

impl<T: Real> Drop for Spare<T> {
    fn drop(&mut self) {
        leave(std::mem::take(&mut self.numbers));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_serves_the_next_of_its_size() {
        let first = blank::<f64>(30, 40);
        let place = first.as_ptr();
        recycle(first);
        assert_ne!(blank::<f64>(2, 3).as_ptr(), place);
        let second = blank::<f64>(10, 100);
        assert_eq!(second.as_ptr(), place);
        assert_eq!(second.shape(), (10, 100));
        // Never more than a thread may keep.
        for _ in 0..5 {
            recycle(DMatrix::<f32>::zeros(1 << 12, 1 << 12));
        }
        let kept: usize = f32::spare().with_borrow(|spare| spare.iter().map(Vec::len).sum());
        assert_eq!(kept, 2 << 24);
    }
}
