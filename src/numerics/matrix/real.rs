//! The two kinds of numbers that matrices are made of.

use std::cell::RefCell;
use std::thread::LocalKey;

use nalgebra::RealField;
use pulp::Simd;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`, with the vector registers that hold them.
pub trait Real: sealed::Sealed + RealField + Copy + Default {
    /// A register of numbers.
    #[doc(hidden)]
    type Lanes<S: Simd>: Copy + Send + Sync;

    /// The nearest number of this kind.
    fn from_double(value: f64) -> Self;

    /// The same number in double precision.
    fn to_double(self) -> f64;

    /// Numbers in a register.
    #[doc(hidden)]
    fn lane_count<S: Simd>() -> usize;

    #[doc(hidden)]
    fn broadcast<S: Simd>(simd: S, value: Self) -> Self::Lanes<S>;

    /// `a b + c` in every lane.
    #[doc(hidden)]
    fn multiply_add<S: Simd>(
        simd: S,
        a: Self::Lanes<S>,
        b: Self::Lanes<S>,
        c: Self::Lanes<S>,
    ) -> Self::Lanes<S>;

    #[doc(hidden)]
    fn registers<S: Simd>(numbers: &[Self]) -> &[Self::Lanes<S>];

    #[doc(hidden)]
    fn registers_mut<S: Simd>(numbers: &mut [Self]) -> &mut [Self::Lanes<S>];

    /// Memory of this thread for the next product.
    #[doc(hidden)]
    fn spare() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>>;
}

macro_rules! real {
    ($number:ty, $lanes:ident, $count:ident, $splat:ident, $fused:ident, $view:ident, $view_mut:ident) => {
        impl Real for $number {
            type Lanes<S: Simd> = S::$lanes;

            #[inline(always)]
            fn from_double(value: f64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn to_double(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn lane_count<S: Simd>() -> usize {
                S::$count
            }

            #[inline(always)]
            fn broadcast<S: Simd>(simd: S, value: Self) -> S::$lanes {
                simd.$splat(value)
            }

            #[inline(always)]
            fn multiply_add<S: Simd>(
                simd: S,
                a: S::$lanes,
                b: S::$lanes,
                c: S::$lanes,
            ) -> S::$lanes {
                simd.$fused(a, b, c)
            }

            #[inline(always)]
            fn registers<S: Simd>(numbers: &[Self]) -> &[S::$lanes] {
                S::$view(numbers).0
            }

            #[inline(always)]
            fn registers_mut<S: Simd>(numbers: &mut [Self]) -> &mut [S::$lanes] {
                S::$view_mut(numbers).0
            }

            fn spare() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>> {
                thread_local! {
                    static SPARE: RefCell<Vec<Vec<$number>>> = const { RefCell::new(Vec::new()) };
                }
                &SPARE
            }
        }
    };
}

real!(
    f32,
    f32s,
    F32_LANES,
    splat_f32s,
    mul_add_e_f32s,
    as_simd_f32s,
    as_mut_simd_f32s
);
real!(
    f64,
    f64s,
    F64_LANES,
    splat_f64s,
    mul_add_e_f64s,
    as_simd_f64s,
    as_mut_simd_f64s
);
