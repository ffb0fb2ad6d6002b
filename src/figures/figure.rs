//! What every figure is: something that lays out a scene, and can then be saved.

use std::fs;
use std::path::{Path, PathBuf};

use super::pdf::pdf;
use super::png::{PNG_DENSITY, png};
use super::svg::svg;
use super::{FigureError, Lettering, Scene};

/// Formats, size and lettering of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureOptions {
    /// Whether there is an SVG, which has any size.
    pub svg: bool,
    /// Pixels of the PNG for each unit of the page, if there is one.
    pub png: Option<u32>,
    /// Whether there is a PDF, which has any size, too.
    pub pdf: bool,
    /// Typeface and size of its words.
    pub lettering: Lettering,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self {
            svg: true,
            png: Some(PNG_DENSITY),
            pdf: false,
            lettering: Lettering::default(),
        }
    }
}

/// A drawing of finished results; written once, saved as SVG, PNG and PDF.
pub trait Figure {
    /// Lays out the page for words in a typeface of a size, in units in which words have their usual sizes.
    ///
    /// # Errors
    /// Empty data, lengths that disagree, NaN or infinity, each with the name of the series.
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError>;

    /// Lays out the page as usual.
    ///
    /// # Errors
    /// Those of [`Figure::scene_in`].
    fn scene(&self) -> Result<Scene, FigureError> {
        self.scene_in(&Lettering::default())
    }

    /// The figure as an SVG document; the same data give the same bytes.
    ///
    /// # Errors
    /// Those of [`Figure::scene`] and of the back end.
    fn svg(&self) -> Result<String, FigureError> {
        svg(&self.scene()?)
    }

    /// The figure as a PNG picture with [`PNG_DENSITY`](super::PNG_DENSITY) pixels for each unit of the page.
    ///
    /// # Errors
    /// Those of [`Figure::scene`] and of the back end.
    fn png(&self) -> Result<Vec<u8>, FigureError> {
        png(&self.scene()?, PNG_DENSITY)
    }

    /// The figure as a PDF document of one page, with the embedded typeface.
    ///
    /// # Errors
    /// Those of [`Figure::scene`] and [`FigureError::Font`].
    fn pdf(&self) -> Result<Vec<u8>, FigureError> {
        pdf(&self.scene()?)
    }

    /// Writes `name.svg` and `name.png` into a folder, which is made if need be, and returns both
    /// paths. Each file appears whole or not at all.
    ///
    /// # Errors
    /// Those of [`Figure::scene`] and of the back end, and [`FigureError::Write`] with the path.
    fn save(&self, directory: &Path, name: &str) -> Result<[PathBuf; 2], FigureError> {
        self.save_as(directory, name, &PictureOptions::default())?;
        Ok(["svg", "png"].map(|ending| directory.join(format!("{name}.{ending}"))))
    }

    /// The same in the formats and of the size that are asked for; the paths of what was written.
    ///
    /// # Errors
    /// As [`Figure::save`].
    fn save_as(
        &self,
        directory: &Path,
        name: &str,
        options: &PictureOptions,
    ) -> Result<Vec<PathBuf>, FigureError> {
        let scene = self.scene_in(&options.lettering)?.enlarged();
        let mut files = Vec::new();
        if options.svg {
            files.push(("svg", svg(&scene)?.into_bytes()));
        }
        if let Some(density) = options.png {
            files.push(("png", png(&scene, density)?));
        }
        if options.pdf {
            files.push(("pdf", pdf(&scene)?));
        }
        fs::create_dir_all(directory).map_err(|source| FigureError::Write {
            path: directory.to_owned(),
            source,
        })?;
        let write = |(ending, bytes): (&str, Vec<u8>)| {
            let path = directory.join(format!("{name}.{ending}"));
            let draft = directory.join(format!(".{name}.{ending}.draft"));
            fs::write(&draft, bytes)
                .and_then(|()| fs::rename(&draft, &path))
                .map_err(|source| FigureError::Write {
                    path: path.clone(),
                    source,
                })?;
            Ok(path)
        };
        files.into_iter().map(write).collect()
    }
}

/// A figure without its title and subtitle ([`Scene::without_heading`]).
pub struct Untitled<F: ?Sized>(pub Box<F>);

impl<F: Figure + ?Sized> Figure for Untitled<F> {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        Ok(self.0.scene_in(lettering)?.without_heading())
    }
}
