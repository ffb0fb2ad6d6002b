//! Matrix products, Gram matrices and decompositions: the one place that knows the fast back end.
//!
//! Products run on a register-blocked kernel of our own over `pulp`, for AVX-512, AVX2, NEON or
//! plain numbers as the machine has it, in `f32` and `f64`, without unsafe code and without a C
//! compiler. The left factor is packed into panels once; strips of columns of the result, each
//! with its part of the right factor, are shared out to the threads, summed in a block that stays in
//! the second cache, and written from there. Every entry is summed in one order, so that **results are bitwise equal for any number of threads**. Owning the kernel
//! also allows what no library offers: sums of entrywise products of Gram matrices, the form of
//! every neural tangent kernel, tile by tile without a temporary ([`HadamardSum`]).
//!
//! Small dense problems (eigenvalues, the blocks of Cholesky factors) go to nalgebra.

mod cholesky;
mod decomposition;
mod distance;
mod eigenvalues;
mod hadamard;
mod lanczos;
mod panels;
mod product;
mod real;
mod spare;
mod tile;
mod transpose;
mod view;
mod weighted;

pub use cholesky::{SpdFactor, factorise, ridged};
pub use decomposition::{MatrixError, SymmetricSpectrum, symmetric_spectrum};
pub use distance::relative_distance;
pub use eigenvalues::eigenvalues;
pub use hadamard::{GramTerm, HadamardSum};
pub use lanczos::{largest_eigenvalue, largest_eigenvalues};
pub use product::{Packed, add_gram, affine, gemm, gemm_into, gram, multiply};
pub use real::Real;
pub(crate) use spare::{Recycled, blank, recycle, zeros};
pub use transpose::{mirror, transpose_into};
pub use view::View;
pub use weighted::add_weighted_products;
