//! Typefaces: the embedded one, so that no font need be installed, and those of the user's files.
//!
//! Embedded are DejaVu Sans and its bold, reduced to Latin, Greek, Cyrillic, arrows, operators, superscripts and subscripts; the licence stands beside
//! the files. A character that a file of the user's lacks is taken from them.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ab_glyph::{Font, FontArc, GlyphId};
use thiserror::Error;
use ttf_parser::{Permissions, name_id};

use super::FigureError;

static REGULAR: &[u8] = include_bytes!("DejaVuSans-subset.ttf");
static BOLD: &[u8] = include_bytes!("DejaVuSans-Bold-subset.ttf");

/// What SVG files ask for at last: the embedded face, or one of the same widths, or any without serifs.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// Normal strokes.
    #[default]
    Regular,
    /// Bold strokes, for titles and active neurons.
    Bold,
}

/// Why a file cannot lend its letters.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TypefaceError {
    /// The file cannot be read.
    #[error("the font {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason given by the system.
        source: std::io::Error,
    },
    /// The file is something else, or damaged.
    #[error("{} is no TrueType or OpenType font", path.display())]
    NoFont {
        /// The file.
        path: PathBuf,
    },
    /// The file is packed for web pages (WOFF).
    #[error("the font {} is packed for web pages", path.display())]
    Packed {
        /// The file.
        path: PathBuf,
    },
    /// The file holds several fonts.
    #[error("{} is a collection of {fonts} fonts", path.display())]
    Collection {
        /// The file.
        path: PathBuf,
        /// How many there are.
        fonts: u32,
    },
    /// The licence bits of the font (`fsType` of its table `OS/2`) forbid that a document holds it.
    #[error("the font {} forbids to be embedded, and a PDF embeds its fonts", path.display())]
    EmbeddingForbidden {
        /// The file.
        path: PathBuf,
    },
    /// The outlines are not those of TrueType, which is what is written into a PDF.
    #[error("the font {} has outlines of PostScript (CFF), and a PDF gets TrueType fonts only", path.display())]
    NoTrueType {
        /// The file.
        path: PathBuf,
    },
}

impl TypefaceError {
    /// What can be done about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => {
                "give the path of a font file that exists; `fc-list` lists those of this machine"
            }
            Self::NoFont { .. } => "give a file that ends in .ttf or .otf",
            Self::Packed { .. } => {
                "unpack it to .ttf, for example by `woff2_decompress`, or give the .ttf itself"
            }
            Self::Collection { .. } => {
                "give a file with one font; tools as `otc2otf` take a collection apart"
            }
            Self::EmbeddingForbidden { .. } => {
                "draw SVG and PNG, which do not embed it, or give another font"
            }
            Self::NoTrueType { .. } => {
                "draw SVG and PNG, or give the font's TrueType version (.ttf)"
            }
        }
    }
}

/// One weight of a typeface: a font file with what is known of it.
pub(super) struct Face {
    /// Its name in a document.
    pub name: String,
    /// Its families as SVG files ask for them.
    families: Vec<String>,
    /// The file.
    pub bytes: Cow<'static, [u8]>,
    /// The same, read.
    pub font: FontArc,
    /// Where it is from, unless it is embedded.
    path: Option<PathBuf>,
    /// Thickness of upright stems in thousandths of the em.
    stem: f32,
}

/// The face as a document describes it. Lengths in thousandths of the em.
pub(super) struct FaceMetrics {
    /// Left, lower, right and upper bound of all glyphs.
    pub bounds: [f32; 4],
    /// Height above the base line.
    pub ascent: f32,
    /// Depth below the base line, negative.
    pub descent: f32,
    /// Height of capital letters.
    pub capitals: f32,
    /// Thickness of upright stems.
    pub stem: f32,
    /// Slope of italics, in degrees against the clock.
    pub slope: f32,
}

impl Face {
    /// The embedded face of a weight, read once.
    ///
    /// # Errors
    /// [`FigureError::Font`] if it is damaged.
    pub fn embedded(weight: Weight) -> Result<&'static Self, FigureError> {
        static FACES: [OnceLock<Option<Face>>; 2] = [OnceLock::new(), OnceLock::new()];
        // stems: the widths of "l" in units of 2048 an em
        let (name, bytes, stem) = match weight {
            Weight::Regular => ("DejaVuSans", REGULAR, 184.0),
            Weight::Bold => ("DejaVuSans-Bold", BOLD, 360.0),
        };
        let read = || {
            Some(Self {
                name: name.to_owned(),
                families: Vec::new(),
                bytes: Cow::Borrowed(bytes),
                font: FontArc::try_from_slice(bytes).ok()?,
                path: None,
                stem: stem / 2048.0 * 1000.0,
            })
        };
        let face = FACES[weight as usize].get_or_init(read);
        face.as_ref().ok_or_else(|| FigureError::Font {
            reason: format!("the {weight:?} face of DejaVu Sans is damaged"),
        })
    }

    fn read(path: &Path) -> Result<Self, TypefaceError> {
        let path = path.to_owned();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(TypefaceError::Unreadable { path, source }),
        };
        if let Some(fonts) = ttf_parser::fonts_in_collection(&bytes) {
            return Err(TypefaceError::Collection { path, fonts });
        }
        if bytes.starts_with(b"wOFF") || bytes.starts_with(b"wOF2") {
            return Err(TypefaceError::Packed { path });
        }
        let (Ok(face), Ok(font)) = (
            ttf_parser::Face::parse(&bytes, 0),
            FontArc::try_from_vec(bytes.clone()),
        ) else {
            return Err(TypefaceError::NoFont { path });
        };
        let named = |id| {
            let mut names = face.names().into_iter().filter(|name| name.name_id == id);
            names.find_map(|name| name.to_string().filter(|name| !name.trim().is_empty()))
        };
        // the first groups four styles, as weights of SVG do; the other one is known to some viewers alone
        let mut families: Vec<String> = [name_id::FAMILY, name_id::TYPOGRAPHIC_FAMILY]
            .into_iter()
            .filter_map(named)
            .collect();
        families.dedup();
        let name = named(name_id::POST_SCRIPT_NAME)
            .or_else(|| families.first().cloned())
            .unwrap_or_else(|| "Font".to_owned());
        // no font says how thick its stems are: a rule of thumb by its weight, as Typst has it
        let stem = 10.0 + 0.244 * (f32::from(face.weight().to_number()) - 50.0);
        Ok(Self {
            name: name.chars().filter(char::is_ascii_graphic).collect(),
            families,
            bytes: Cow::Owned(bytes),
            font,
            path: Some(path),
            stem,
        })
    }

    /// Whether it has a glyph for a character.
    pub fn has(&self, character: char) -> bool {
        self.font.glyph_id(character) != GlyphId(0)
    }

    /// Units of the font in an em.
    pub fn units(&self) -> f32 {
        // a font without is refused by the parser
        self.font.units_per_em().unwrap_or(1000.0)
    }

    /// How far a glyph moves the pen, in thousandths of the em.
    pub fn advance(&self, glyph: u16) -> f32 {
        self.font.h_advance_unscaled(GlyphId(glyph)) / self.units() * 1000.0
    }

    /// How a document describes it.
    ///
    /// # Errors
    /// [`TypefaceError`] if a document may or can not hold it.
    pub fn metrics(&self) -> Result<FaceMetrics, FigureError> {
        let face = ttf_parser::Face::parse(&self.bytes, 0).map_err(|error| FigureError::Font {
            reason: error.to_string(),
        })?;
        if let Some(path) = self.path.clone() {
            let restricted = face.permissions() == Some(Permissions::Restricted);
            let pixels = face.tables().os2.is_some() && !face.is_outline_embedding_allowed();
            if restricted || pixels {
                return Err(TypefaceError::EmbeddingForbidden { path }.into());
            }
            if face.tables().glyf.is_none() {
                return Err(TypefaceError::NoTrueType { path }.into());
            }
        }
        let thousandths = |units: f32| units * 1000.0 / self.units();
        let bounds = face.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max];
        let ascent = self.font.ascent_unscaled();
        let capital = face
            .glyph_index('H')
            .and_then(|glyph| face.glyph_bounding_box(glyph))
            .map(|bounds| bounds.y_max);
        // most faces are of about that shape
        let capitals = capital
            .or(face.capital_height())
            .map_or(0.7 * ascent, f32::from);
        Ok(FaceMetrics {
            bounds: bounds.map(|units| thousandths(f32::from(units))),
            ascent: thousandths(ascent),
            descent: thousandths(self.font.descent_unscaled()),
            capitals: thousandths(capitals),
            stem: self.stem,
            slope: face.italic_angle(),
        })
    }
}

/// The letters of a figure: the embedded typeface, or the user's own.
///
/// ```no_run
/// use pulsatrix::figures::Typeface;
///
/// let own = Typeface::read("Palatino.ttf".as_ref(), Some("Palatino-Bold.ttf".as_ref()))?;
/// # Ok::<(), pulsatrix::figures::TypefaceError>(())
/// ```
#[derive(Clone, Default)]
pub struct Typeface(Option<Arc<Files>>);

struct Files {
    regular: Face,
    bold: Option<Face>,
}

impl Typeface {
    /// The typeface of a font file, TrueType or OpenType. Without a file for bold, what would be bold is regular: one family in all of a
    /// picture, and what is bold differs by colour or by a mark as well.
    ///
    /// # Errors
    /// If a file cannot be read or is no single font.
    pub fn read(regular: &Path, bold: Option<&Path>) -> Result<Self, TypefaceError> {
        let files = Files {
            regular: Face::read(regular)?,
            bold: bold.map(Face::read).transpose()?,
        };
        Ok(Self(Some(Arc::new(files))))
    }

    /// Whether a PDF may and can hold it; [`Figure::pdf`](super::Figure::pdf) refuses the others.
    ///
    /// # Errors
    /// [`FigureError::Typeface`] with the file.
    pub fn require_embeddable(&self) -> Result<(), FigureError> {
        if let Some(files) = &self.0 {
            for face in [&files.regular].into_iter().chain(&files.bold) {
                face.metrics()?;
            }
        }
        Ok(())
    }

    /// Whether it is the embedded one.
    pub(super) fn is_embedded(&self) -> bool {
        self.0.is_none()
    }

    /// Whether bold differs from regular.
    pub(super) fn has_bold(&self) -> bool {
        self.0.as_ref().is_none_or(|files| files.bold.is_some())
    }

    /// The face of a weight.
    pub(super) fn face(&self, weight: Weight) -> Result<&Face, FigureError> {
        match (&self.0, weight) {
            (None, _) => Face::embedded(weight),
            (Some(files), Weight::Bold) => Ok(files.bold.as_ref().unwrap_or(&files.regular)),
            (Some(files), Weight::Regular) => Ok(&files.regular),
        }
    }

    /// What SVG files ask for, as the value of an attribute: its families, then the embedded one.
    pub(super) fn families(&self, weight: Weight) -> Result<String, FigureError> {
        let quoted = |family: &String| {
            let family = family.replace('\\', r"\\").replace('\'', r"\'");
            let family = family.replace('&', "&amp;").replace('<', "&lt;");
            format!("'{}', ", family.replace('"', "&quot;"))
        };
        let own = self.face(weight)?.families.iter().map(quoted);
        Ok(own.chain([FAMILY.to_owned()]).collect())
    }
}

impl PartialEq for Typeface {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => {
                let bold = |files: &Files| files.bold.as_ref().map(|face| face.bytes.clone());
                Arc::ptr_eq(one, other)
                    || one.regular.bytes == other.regular.bytes && bold(one) == bold(other)
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Typeface {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.face(Weight::Regular).map(|face| face.name.as_str());
        write!(formatter, "Typeface({:?})", name.unwrap_or_default())
    }
}
