//! Any bytes as an array of NumPy: refused, or as many numbers as its shape says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pulsatrix::experiment::npy;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((shape, values)) = npy::read(bytes) {
        assert_eq!(shape.iter().product::<usize>(), values.len());
    }
});
