//! A scene as an SVG document.
//!
//! It is drawn on a grid ten times finer than the page, and the header then gives the natural size.

use std::fmt::Write as _;

use plotters::backend::SVGBackend;

use super::FigureError;
use super::png::encode;
use super::render::{Brush, drawing, fine_size};
use super::scene::{Mosaic, Scene};
use super::style::Colour;
use super::typeface::{FAMILY, Weight};

const SVG_GRID: u32 = 10;

/// Rectangles for mosaics in one SVG document, before pictures take their place.
const MOST_RUNS: usize = 1000;
/// Rectangles for a mosaic that never becomes a picture.
const FEW_RUNS: usize = 150;

/// The scene as an SVG document.
///
/// # Errors
/// [`FigureError::Font`] and [`FigureError::Drawing`] of the back end.
pub(super) fn svg(scene: &Scene) -> Result<String, FigureError> {
    let grid = f64::from(SVG_GRID);
    let size = fine_size(scene, SVG_GRID);
    let mut document = String::new();
    let mut brush = Brush {
        backend: SVGBackend::with_string(&mut document, size),
        lettering: &scene.lettering,
        scale: grid,
        by_pixels: false,
    };
    brush.rectangle(
        (0.0, 0.0),
        (scene.width, scene.height),
        Colour(255, 255, 255),
    )?;
    brush.draw(&scene.marks)?;
    drop(brush);
    finish_svg(scene, &document)
}

/// Rewrites the header, puts mosaics under the marks and takes out what says nothing.
fn finish_svg(scene: &Scene, document: &str) -> Result<String, FigureError> {
    let mut lines = document.lines();
    let (mut result, mut paper_done) = (String::with_capacity(document.len()), false);
    let (w, h) = fine_size(scene, SVG_GRID);
    // every text asks for the same family, which therefore stands in the header; a bold file may have another one
    let typeface = &scene.lettering.typeface;
    let families =
        |weight| Ok::<_, FigureError>(format!(" font-family=\"{}\"", typeface.families(weight)?));
    let (regular, bold) = (families(Weight::Regular)?, families(Weight::Bold)?);
    let written = format!(" font-family=\"{FAMILY}\"");
    lines.next();
    let header = writeln!(
        result,
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {w} {h}\" stroke-linejoin=\"round\"{regular} \
         xmlns=\"http://www.w3.org/2000/svg\">",
        w / SVG_GRID,
        h / SVG_GRID
    );
    header.map_err(|error| drawing(&error))?;
    while let Some(line) = lines.next() {
        let family = if bold != regular && line.contains("font-weight=\"bold\"") {
            bold.as_str()
        } else {
            ""
        };
        result.push_str(
            &line
                .replace(" opacity=\"1\"", "")
                .replace(" stroke=\"none\"", "")
                .replace(&written, family),
        );
        if line.starts_with("<text") {
            // White space inside the tag would shift the anchor in some viewers.
            result.push_str(lines.next().unwrap_or_default());
            result.push_str(lines.next().unwrap_or_default());
        }
        result.push('\n');
        if !paper_done && line.starts_with("<rect") {
            paper_done = true;
            let runs: usize = scene.mosaics.iter().map(count_runs).sum();
            for mosaic in &scene.mosaics {
                result.push_str(&mosaic_tag(mosaic, runs > MOST_RUNS)?);
            }
        }
    }
    if !result.ends_with("</svg>\n") {
        result.push_str("</svg>\n");
    }
    Ok(result)
}

/// Number of runs of equal cells in the rows of a mosaic.
fn count_runs(mosaic: &Mosaic) -> usize {
    let rows = mosaic.cells.chunks(mosaic.columns);
    rows.map(|row| row.chunk_by(PartialEq::eq).count()).sum()
}

/// A mosaic as rectangles, one for each run of equal cells in a row; where there are very many of them, as an
/// embedded picture, with several pixels a cell for viewers that smooth pictures.
fn mosaic_tag(mosaic: &Mosaic, many: bool) -> Result<String, FigureError> {
    let rows: Vec<&[Colour]> = mosaic.cells.chunks(mosaic.columns).collect();
    let grid = f64::from(SVG_GRID);
    let edge = |at: f64, size: f64, i: usize, n: usize| {
        ((at + size * i as f64 / n as f64) * grid).round() as i64
    };
    let across = |i| edge(mosaic.at.0, mosaic.size.0, i, mosaic.columns);
    let down = |i| edge(mosaic.at.1, mosaic.size.1, i, rows.len());
    if !many || count_runs(mosaic) <= FEW_RUNS {
        let mut tags = "<g shape-rendering=\"crispEdges\">\n".to_owned();
        for (index, row) in rows.iter().enumerate() {
            let (y, mut column) = (down(index), 0);
            for run in row.chunk_by(PartialEq::eq) {
                let (x, Colour(r, g, b)) = (across(column), run[0]);
                column += run.len();
                let (w, h) = (across(column) - x, down(index + 1) - y);
                tags += &format!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" \
                     fill=\"#{r:02X}{g:02X}{b:02X}\"/>\n"
                );
            }
        }
        return Ok(tags + "</g>\n");
    }
    let finer = |size: f64, n: usize| ((2.0 * size / n as f64).ceil() as usize).max(1);
    let (fx, fy) = (
        finer(mosaic.size.0, mosaic.columns),
        finer(mosaic.size.1, rows.len()),
    );
    let mut bytes = Vec::with_capacity(3 * fx * fy * mosaic.cells.len());
    for row in &rows {
        let line: Vec<u8> = row
            .iter()
            .flat_map(|c| [c.0, c.1, c.2].repeat(fx))
            .collect();
        bytes.extend(line.repeat(fy));
    }
    let picture = encode(
        &bytes,
        (mosaic.columns * fx) as u32,
        (rows.len() * fy) as u32,
    )?;
    let (x, y) = (across(0), down(0));
    let (w, h) = (across(mosaic.columns) - x, down(rows.len()) - y);
    Ok(format!(
        "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        base64(&picture)
    ))
}

/// Base 64 of RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = (word >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[index as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_rfc_4648() {
        for (plain, coded) in [("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
