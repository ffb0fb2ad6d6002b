//! Numbers as they travel.

use crate::numerics::matrix::Real;

/// Numbers that a message can hold, least byte first.
pub trait Number: Real {
    /// Bytes of one.
    const BYTES: usize;

    /// The bytes of some numbers, one after the other.
    fn to_bytes(numbers: &[Self]) -> Vec<u8>;

    /// The numbers of as many whole groups of bytes as there are.
    fn from_bytes(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! number {
    ($number:ty) => {
        impl Number for $number {
            const BYTES: usize = size_of::<$number>();

            fn to_bytes(numbers: &[Self]) -> Vec<u8> {
                let mut bytes = vec![0; numbers.len() * Self::BYTES];
                let (places, _) = bytes.as_chunks_mut();
                for (place, number) in places.iter_mut().zip(numbers) {
                    *place = number.to_le_bytes();
                }
                bytes
            }

            fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                let (places, _) = bytes.as_chunks();
                places
                    .iter()
                    .map(|place| Self::from_le_bytes(*place))
                    .collect()
            }
        }
    };
}

number!(f32);
number!(f64);
