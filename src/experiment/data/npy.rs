//! The `.npy` format of NumPy, version 1.0: little-endian f64 in C order.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use std::io::{self, Read, Write};

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

/// Reads an array of little-endian floating point numbers, whole numbers or truths: its shape, and the numbers with the last
/// index fastest, whichever order the file has.
///
/// # Errors
/// `InvalidData` if the file is no such array or is cut off, or whatever stops the reading.
///
/// ```
/// use pulsatrix::experiment::npy;
///
/// let mut bytes = Vec::new();
/// npy::write(&mut bytes, &[2, 2], &[1.0, 2.0, 3.0, 4.0])?;
/// let (shape, values) = npy::read(&bytes[..])?;
/// assert_eq!((shape, values), (vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read(mut input: impl Read) -> io::Result<(Vec<usize>, Vec<f64>)> {
    let bad = |problem: &str| io::Error::new(io::ErrorKind::InvalidData, problem.to_owned());
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(bad("no .npy file: the magic is missing"));
    }
    // Version 1 has two bytes of header length, later ones four.
    let wide = bytes.get(6).is_some_and(|version| *version > 1);
    let start = if wide { 12 } else { 10 };
    let length = bytes
        .get(8..start)
        .ok_or_else(|| bad("the header is cut off"))?;
    let length = length
        .iter()
        .rev()
        .fold(0usize, |n, b| 256 * n + usize::from(*b));
    let header = bytes.get(start..start + length);
    let header = header.and_then(|header| std::str::from_utf8(header).ok());
    let header = header.ok_or_else(|| bad("the header is cut off"))?;
    let after = |key: &str| header.split_once(key).map(|(_, rest)| rest);
    let shape = after("'shape':").and_then(|rest| rest.split_once('(')?.1.split_once(')'));
    let (shape, _) = shape.ok_or_else(|| bad("the header has no shape"))?;
    let shape = shape.split(',').map(str::trim).filter(|n| !n.is_empty());
    let shape: Result<Vec<usize>, _> = shape.map(str::parse).collect();
    let shape = shape.map_err(|_| bad("the shape is not a list of numbers"))?;
    let data = &bytes[start + length..];
    let kind = after("'descr':").and_then(|rest| rest.split('\'').nth(1));
    let (width, number) = kind.and_then(number).ok_or_else(|| {
        bad(&format!(
            "numbers of the kind {} are not read; save them as float64, float32, integers or bool, little-endian",
            kind.unwrap_or("without a name")
        ))
    })?;
    let values: Vec<f64> = data.chunks_exact(width).map(number).collect();
    let count = shape
        .iter()
        .try_fold(1usize, |n, axis| n.checked_mul(*axis));
    if count != Some(values.len()) || data.len() != width * values.len() {
        return Err(bad("the data do not fill the shape, or go beyond it"));
    }
    let fortran = after("'fortran_order':").is_some_and(|rest| rest.trim().starts_with("True"));
    if !fortran || shape.len() < 2 {
        return Ok((shape, values));
    }
    if shape.len() > 2 {
        return Err(bad("Fortran order is read for matrices only"));
    }
    let (rows, columns) = (shape[0], shape[1]);
    let transposed = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
    let values = transposed.map(|(i, j)| values[j * rows + i]).collect();
    Ok((shape, values))
}

/// Makes a number of its bytes.
type Decoder = fn(&[u8]) -> f64;

/// Bytes of a number of a kind, and how it is read; whole numbers beyond `2^53` are rounded.
fn number(kind: &str) -> Option<(usize, Decoder)> {
    macro_rules! kinds {
        ($($name:literal: $type:ty),*) => {
            match kind {
                $($name => Some((size_of::<$type>(), |bytes| {
                    <[u8; size_of::<$type>()]>::try_from(bytes).map_or(f64::NAN, |bytes| <$type>::from_le_bytes(bytes) as f64)
                })),)*
                "|b1" | "|u1" => Some((1, |bytes| f64::from(bytes[0]))),
                "|i1" => Some((1, |bytes| f64::from(i8::from_le_bytes([bytes[0]])))),
                _ => None,
            }
        };
    }
    kinds!("<f8": f64, "<f4": f32, "<i8": i64, "<i4": i32, "<i2": i16, "<u8": u64, "<u4": u32, "<u2": u16)
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

    /// The bytes that NumPy writes for `np.array([[1, -2], [3, 300]], dtype="<i4")` and for truths.
    #[test]
    fn whole_numbers_and_truths_are_read() {
        let file = |kind: &str, shape: &str, data: &[u8]| {
            let header =
                format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
            let length = header.len() as u16;
            [
                b"\x93NUMPY\x01\x00",
                &length.to_le_bytes()[..],
                header.as_bytes(),
                data,
            ]
            .concat()
        };
        let whole = [1, 0, 0, 0, 254, 255, 255, 255, 3, 0, 0, 0, 44, 1, 0, 0];
        let found = read(&file("<i4", "(2, 2)", &whole)[..]).unwrap();
        assert_eq!(found, (vec![2, 2], vec![1.0, -2.0, 3.0, 300.0]));
        let found = read(&file("|b1", "(3,)", &[1, 0, 1])[..]).unwrap();
        assert_eq!(found.1, [1.0, 0.0, 1.0]);
        let error = read(&file("<c16", "(1,)", &[0; 16])[..])
            .unwrap_err()
            .to_string();
        assert!(error.contains("<c16"), "{error}");
    }

    #[test]
    fn what_goes_beyond_the_shape_is_refused() {
        let mut file = Vec::new();
        write(&mut file, &[2], &[1.0, 2.0]).unwrap();
        assert!(read(file.as_slice()).is_ok());
        file.extend(b"abc");
        assert!(read(file.as_slice()).is_err());
        // A product that is 0 when it wraps.
        let shape = "(4294967296, 4294967296)";
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut wrapping = b"\x93NUMPY\x01\x00".to_vec();
        wrapping.extend((header.len() as u16).to_le_bytes());
        wrapping.extend(header.as_bytes());
        let error = read(wrapping.as_slice()).unwrap_err().to_string();
        assert!(error.contains("do not fill the shape"), "{error}");
    }
}
