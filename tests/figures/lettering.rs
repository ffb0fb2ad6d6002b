//! Other typefaces and other sizes of words.
//!
//! `tests/fonts/tiny.ttf` and `tiny.otf` are ours: triangles for "A" (as wide as high), "e" and "1", a pair "AA" that moves together, and no other letter;
//! the second has outlines of PostScript.

use std::fs;
use std::path::{Path, PathBuf};

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};
use pulsatrix::figures::scene::{Anchor, Mark, Text};
use pulsatrix::figures::{
    Figure, FigureError, Lettering, PictureOptions, Strip, Typeface, TypefaceError, Weight,
};

use super::{all, convergence, decoded};

const REGULAR: &str = "src/figures/DejaVuSans-subset.ttf";
const BOLD: &str = "src/figures/DejaVuSans-Bold-subset.ttf";
const TINY: &str = "tests/fonts/tiny.ttf";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn lettering(files: Option<[&str; 2]>, size: f64) -> Lettering {
    let typeface = match files {
        None => Typeface::default(),
        Some([regular, bold]) => Typeface::read(&path(regular), Some(&path(bold))).unwrap(),
    };
    Lettering { typeface, size }
}

fn drawn(figure: &dyn Figure, lettering: Lettering) -> [Vec<u8>; 3] {
    let folder = tempfile::tempdir().unwrap();
    let options = PictureOptions {
        pdf: true,
        lettering,
        ..PictureOptions::default()
    };
    let files = figure.save_as(folder.path(), "x", &options).unwrap();
    [0, 1, 2].map(|file| fs::read(&files[file]).unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The embedded typeface, given as files, is no other one.
#[test]
fn a_copy_of_the_embedded_typeface_draws_the_same_picture() {
    let usual = drawn(&convergence(), Lettering::default());
    let own = drawn(
        &convergence(),
        lettering(Some([REGULAR, BOLD]), Lettering::USUAL),
    );
    assert_eq!(usual[1], own[1]);
    assert_eq!(
        text(&usual[0]),
        text(&own[0]).replace("'DejaVu Sans', ", "")
    );
    assert_eq!(usual[0], convergence().svg().unwrap().into_bytes());
}

/// Left, top, right and bottom of a text: from the base line up to the height of capitals.
fn bounds(text: &Text, fonts: &[[FontVec; 2]]) -> [f64; 4] {
    let weight = usize::from(text.weight == Weight::Bold);
    let advance = |character: char| {
        let mut faces = fonts.iter().map(|faces| &faces[weight]);
        let face = faces.find(|face| face.glyph_id(character).0 != 0).unwrap();
        let scale = PxScale::from(face.height_unscaled());
        let units = face.units_per_em().unwrap();
        let scaled = face.as_scaled(scale);
        f64::from(scaled.h_advance(face.glyph_id(character)) / units)
    };
    let length: f64 = text.size * text.words.chars().map(advance).sum::<f64>();
    let start = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -0.5 * length,
        Anchor::End => -length,
    };
    let (x, y, height) = (text.at.0, text.at.1, 0.72 * text.size);
    if text.upwards {
        [x - height, y - start - length, x, y - start]
    } else {
        [x + start, y - height, x + start + length, y]
    }
}

/// Laid out in any size and typeface, words stay on the page and clear of each other.
#[test]
fn words_neither_leave_the_page_nor_cover_each_other() {
    let font = |name: &str| FontVec::try_from_vec(fs::read(path(name)).unwrap()).unwrap();
    let mut figures: Vec<Box<dyn Figure>> = all().into_iter().map(|(figure, _)| figure).collect();
    let mut driven = convergence();
    driven.above = Some(Strip {
        y: pulsatrix::figures::Axis::linear("a stimulus from outside, in millivolts"),
        series: driven.series.clone(),
    });
    driven.y.label =
        "a label that is a good deal longer than the axis beside which it stands".into();
    figures.push(Box::new(driven));
    for files in [None, Some([BOLD, BOLD]), Some([TINY, TINY])] {
        let [regular, bold] = files.unwrap_or([REGULAR, BOLD]);
        let fonts = [[font(regular), font(bold)], [font(REGULAR), font(BOLD)]];
        for size in [4.0, 7.0, Lettering::USUAL, 14.0, 18.0, 24.0] {
            for (number, figure) in figures.iter().enumerate() {
                let place = format!("figure {number}, {files:?} of {size} points");
                let scene = figure.scene_in(&lettering(files, size)).unwrap();
                let boxes: Vec<(&Text, [f64; 4])> = scene
                    .marks
                    .iter()
                    .filter_map(|mark| match mark {
                        Mark::Text(text) => Some((text, bounds(text, &fonts))),
                        _ => None,
                    })
                    .collect();
                assert!(!boxes.is_empty());
                for (index, (text, [left, top, right, bottom])) in boxes.iter().enumerate() {
                    let inside = *left >= 0.0 && *top >= 0.0;
                    let inside = inside && *right <= scene.width && *bottom <= scene.height;
                    assert!(inside, "{place}: {:?} is cut", text.words);
                    for (other, [l, t, r, b]) in &boxes[..index] {
                        let across = right.min(*r) - left.max(*l);
                        let down = bottom.min(*b) - top.max(*t);
                        assert!(
                            across < 0.5 || down < 0.5,
                            "{place}: {:?} covers {:?}",
                            text.words,
                            other.words
                        );
                    }
                }
            }
        }
    }
}

/// The page keeps its width, and words take their part of it.
#[test]
fn larger_words_stand_on_a_page_of_the_same_width() {
    let figure = convergence();
    let usual = drawn(&figure, Lettering::default());
    for (size, em) in [(6.75, "90"), (20.25, "270")] {
        let [svg, png, pdf] = drawn(&figure, lettering(None, size));
        assert!(text(&svg).starts_with("<svg width=\"720\""), "{size}");
        // labels have the size that is asked for: points, three quarters of a tenth of a unit of the file
        assert!(
            text(&svg).contains(&format!("font-size=\"{em}\"")),
            "{size}"
        );
        assert_eq!(decoded(&png).0.0, decoded(&usual[1]).0.0);
        assert!(text(&pdf).contains("/MediaBox [0 0 540 "), "{size}");
    }
}

/// What the font lacks comes from the embedded one, and only then a PDF has both.
#[test]
fn characters_that_a_font_lacks_are_borrowed() {
    let typeface = Typeface::read(&path(TINY), None).unwrap();
    let tiny = Lettering {
        typeface,
        size: Lettering::USUAL,
    };
    let [svg, _, pdf] = drawn(&convergence(), tiny);
    let (svg, pdf) = (text(&svg), text(&pdf));
    let families = "font-family=\"'Tiny &amp; \\'Wide\\'', DejaVu Sans, Verdana, sans-serif\"";
    assert!(svg.contains(families), "{svg}");
    // without a bold face nothing asks for one, which the widths would not know of
    assert!(!svg.contains("bold"));
    for font in ["/BaseFont /Tiny-Regular", "/BaseFont /DejaVuSans"] {
        assert!(pdf.contains(font), "{font}");
    }
    assert!(!pdf.contains("Bold"));
}

/// The file with other licence bits in its table `OS/2`.
fn with_licence(bits: u16) -> Vec<u8> {
    let mut bytes = fs::read(path(TINY)).unwrap();
    let record = bytes.windows(4).position(|tag| tag == b"OS/2").unwrap();
    let offset = bytes[record + 8..record + 12].try_into().unwrap();
    let place = u32::from_be_bytes(offset) as usize + 8;
    bytes[place..place + 2].copy_from_slice(&bits.to_be_bytes());
    bytes
}

#[test]
fn fonts_that_a_document_may_not_or_cannot_hold_are_refused_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    let licences = [
        (0x0000, true),
        (0x0002, false), // restricted
        (0x0004, true),  // preview and print
        (0x0008, true),  // editable
        (0x0200, false), // pixels only
    ];
    for (bits, allowed) in licences {
        let file = folder.path().join("licence.ttf");
        fs::write(&file, with_licence(bits)).unwrap();
        let typeface = Typeface::read(&file, None).unwrap();
        match typeface.require_embeddable() {
            Ok(()) => assert!(allowed, "{bits:x}"),
            Err(FigureError::Typeface(error)) => {
                assert!(!allowed, "{bits:x}");
                assert!(
                    matches!(&error, TypefaceError::EmbeddingForbidden { path } if *path == file)
                );
                assert!(error.remedy().contains("SVG and PNG"));
            }
            Err(other) => panic!("{other}"),
        }
    }
    let typeface = Typeface::read(&path("tests/fonts/tiny.otf"), None).unwrap();
    let error = typeface.require_embeddable().unwrap_err().to_string();
    assert!(
        error.contains("tiny.otf") && error.contains(".ttf"),
        "{error}"
    );
    let size = Lettering::USUAL;
    let mut options = PictureOptions {
        lettering: Lettering { typeface, size },
        ..PictureOptions::default()
    };
    convergence().save_as(folder.path(), "x", &options).unwrap();
    options.pdf = true;
    assert!(matches!(
        convergence().save_as(folder.path(), "y", &options),
        Err(FigureError::Typeface(TypefaceError::NoTrueType { .. }))
    ));
    assert!(!folder.path().join("y.svg").exists());
}

#[test]
fn files_that_hold_no_single_font_are_refused_with_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut cut = fs::read(path(TINY)).unwrap();
    cut.truncate(200);
    for (name, bytes, words) in [
        (
            "words.ttf",
            b"not a font".to_vec(),
            "no TrueType or OpenType font",
        ),
        ("empty.ttf", Vec::new(), "no TrueType or OpenType font"),
        ("cut.ttf", cut, "no TrueType or OpenType font"),
        (
            "page.woff2",
            b"wOF2 and more".to_vec(),
            "packed for web pages",
        ),
        (
            "all.ttc",
            b"ttcf\0\x01\0\0\0\0\0\x02".to_vec(),
            "a collection of 2 fonts",
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let error = Typeface::read(&file, None).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(name) && said.contains(words), "{said}");
        assert!(!error.remedy().is_empty());
    }
    let missing = Typeface::read(&folder.path().join("none.ttf"), None).unwrap_err();
    assert!(
        matches!(missing, TypefaceError::Unreadable { .. }),
        "{missing}"
    );
}
