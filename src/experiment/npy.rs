//! The `.npy` format of NumPy, version 1.0: little-endian f64 in C order.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::{self, Write};

/// Writes an array of the given shape; `values` run with the last index fastest.
///
/// # Errors
/// If the shape does not hold `values.len()` numbers (`InvalidInput`), or writing fails.
pub fn write(mut output: impl Write, shape: &[usize], values: &[f64]) -> io::Result<()> {
    if shape.iter().product::<usize>() != values.len() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("shape {shape:?} does not hold {} numbers", values.len()),
        ));
    }
    let lengths: Vec<String> = shape.iter().map(|length| format!("{length},")).collect();
    let mut header = format!(
        "{{'descr': '<f8', 'fortran_order': False, 'shape': ({}), }}",
        lengths.join(" ")
    );
    // Magic, version and length take 10 bytes; the data must start at a multiple of 64.
    let padding = 64 - (10 + header.len() + 1) % 64;
    header.push_str(&" ".repeat(padding % 64));
    header.push('\n');
    let length = u16::try_from(header.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "too many dimensions"))?;
    output.write_all(b"\x93NUMPY\x01\x00")?;
    output.write_all(&length.to_le_bytes())?;
    output.write_all(header.as_bytes())?;
    for value in values {
        output.write_all(&value.to_le_bytes())?;
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_aligned_and_data_follow() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, -5.5]).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!(start % 64, 0);
        let header = std::str::from_utf8(&bytes[10..start]).unwrap();
        assert!(
            header.starts_with("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3,), }"),
            "{header}"
        );
        assert!(header.ends_with('\n'));
        assert_eq!(bytes.len(), start + 48);
        assert_eq!(bytes[start + 40..], (-5.5f64).to_le_bytes());
    }

    #[test]
    fn shape_must_fit() {
        assert!(write(Vec::new(), &[2], &[1.0]).is_err());
    }
}
