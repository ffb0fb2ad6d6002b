//! A scene as a PNG picture, each of its pixels the mean of 4 x 4 drawn ones.

use plotters::backend::BitMapBackend;
use png::{BitDepth, ColorType, Compression, Encoder, FilterType};

use super::FigureError;
use super::render::{Brush, drawing, fine_size};
use super::scene::{Mosaic, Scene};

/// Pixels of the PNG for each unit of the page, in each direction.
pub const PNG_DENSITY: u32 = 2;

const OVERSAMPLING: u32 = 4;

/// The scene as a PNG picture of `density` pixels a unit.
///
/// # Errors
/// [`FigureError::Font`] and [`FigureError::Drawing`] of the back end.
pub(super) fn png(scene: &Scene, density: u32) -> Result<Vec<u8>, FigureError> {
    let fine = density * OVERSAMPLING;
    let scale = f64::from(fine);
    let (w, h) = fine_size(scene, fine);
    let mut pixels = vec![255_u8; 3 * w as usize * h as usize];
    for mosaic in &scene.mosaics {
        paint_mosaic(mosaic, scale, &mut pixels, w as usize, h as usize);
    }
    let mut brush = Brush {
        backend: BitMapBackend::with_buffer(&mut pixels, (w, h)),
        lettering: &scene.lettering,
        scale,
        by_pixels: true,
    };
    brush.draw(&scene.marks)?;
    drop(brush);
    encode(
        &average(&pixels, w as usize, OVERSAMPLING as usize),
        w / OVERSAMPLING,
        h / OVERSAMPLING,
    )
}

fn paint_mosaic(mosaic: &Mosaic, scale: f64, pixels: &mut [u8], width: usize, height: usize) {
    let rows = mosaic.cells.len() / mosaic.columns;
    let edge = |at: f64, size: f64, i: usize, n: usize| {
        ((at + size * i as f64 / n as f64) * scale).round().max(0.0) as usize
    };
    for (index, colour) in mosaic.cells.iter().enumerate() {
        let (row, column) = (index / mosaic.columns, index % mosaic.columns);
        let x = |i| edge(mosaic.at.0, mosaic.size.0, i, mosaic.columns).min(width);
        let y = |i| edge(mosaic.at.1, mosaic.size.1, i, rows).min(height);
        for line in y(row)..y(row + 1) {
            let line = 3 * line * width;
            for pixel in pixels[line + 3 * x(column)..line + 3 * x(column + 1)].chunks_exact_mut(3)
            {
                pixel.copy_from_slice(&[colour.0, colour.1, colour.2]);
            }
        }
    }
}

/// Means over squares of `factor` x `factor` pixels.
fn average(pixels: &[u8], width: usize, factor: usize) -> Vec<u8> {
    let columns = width / factor;
    let mut sums = vec![0_u32; 3 * columns];
    let mut result = Vec::with_capacity(pixels.len() / (factor * factor));
    let area = (factor * factor) as u32;
    for band in pixels.chunks_exact(3 * width * factor) {
        sums.fill(0);
        for line in band.chunks_exact(3 * width) {
            for (block, sum) in line.chunks_exact(3 * factor).zip(sums.chunks_exact_mut(3)) {
                for pixel in block.chunks_exact(3) {
                    for (total, &value) in sum.iter_mut().zip(pixel) {
                        *total += u32::from(value);
                    }
                }
            }
        }
        result.extend(sums.iter().map(|&sum| ((sum + area / 2) / area) as u8));
    }
    result
}

/// An RGB picture as PNG. Without a filter: flat colours compress best as they are.
pub(super) fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, FigureError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Best);
    encoder.set_filter(FilterType::NoFilter);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(pixels)?;
        writer.finish()
    });
    written.map_err(|error| drawing(&error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_means_of_squares() {
        let mut pixels = vec![0_u8; 3 * 16];
        pixels[..24].fill(200);
        assert_eq!(average(&pixels, 4, 4), [100, 100, 100]);
    }
}
