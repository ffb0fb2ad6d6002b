//! `simulate draw RUN`: the pictures of a finished run, redrawn from its report without computing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pulsatrix::experiment::{Drawing, KeptRun, draw_as};
use pulsatrix::figures::{
    FigureError, Lettering, PNG_DENSITY, PictureOptions, Typeface, TypefaceError,
};

use serde_json::json;

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run
    run: PathBuf,
    /// Folder for the pictures, which are replaced [default: RUN/plots]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave titles and subtitles out, for a paper whose captions say it all
    #[arg(long)]
    untitled: bool,
    /// Which formats, as in `--pictures svg,pdf`
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["svg", "png"], value_name = "FORMATS")]
    pictures: Vec<Pictures>,
    /// Pixels of a PNG for each unit of the page, which is 720 units wide as a rule
    #[arg(long, default_value_t = PNG_DENSITY, value_parser = clap::value_parser!(u32).range(1..=12), value_name = "N")]
    density: u32,
    /// Font file (TrueType or OpenType) for the words. PNG and PDF hold the letters, an SVG names the font, which must
    /// be installed where it is shown. Characters that the font lacks are those of the usual one, DejaVu Sans
    #[arg(long, value_name = "FILE")]
    font: Option<PathBuf>,
    /// Font file for titles and bold names [default: the file of --font, so that all words are of one family]
    #[arg(long, value_name = "FILE", requires = "font")]
    bold_font: Option<PathBuf>,
    /// Size of labels in points, from 4 to 24, on the page of 540 points; titles and numbers keep their ratio to them. The
    /// page keeps its width. For words of 8 points in a column 240 points wide: 8 * 540 / 240 = 18
    #[arg(long, default_value_t = Lettering::USUAL, value_parser = size, hide_default_value = true, value_name = "N")]
    font_size: f64,
    /// Folder, pictures and notes as JSON on standard output
    #[command(flatten)]
    format: FormatOption,
}

/// Formats of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pictures {
    // SVG and PNG; a comment of the command line would spread its help over forty lines
    Both,
    Svg,
    Png,
    Pdf,
}

/// Least and greatest size of labels: below, nobody reads them; above, they leave a page of the usual width no room for curves.
const SIZES: std::ops::RangeInclusive<f64> = 4.0..=24.0;

fn size(text: &str) -> Result<f64, String> {
    let size: Option<f64> = text.trim_end_matches("pt").trim_end().parse().ok();
    size.filter(|size| SIZES.contains(size)).ok_or_else(|| {
        format!(
            "a size is a number of points from {} to {}",
            SIZES.start(),
            SIZES.end()
        )
    })
}

impl Arguments {
    /// The letters that are asked for, before anything is drawn.
    fn typeface(&self) -> Result<Typeface, Failure> {
        let refused =
            |error: TypefaceError| Failure::Usage(error.to_string(), error.remedy().into());
        let Some(font) = &self.font else {
            return Ok(Typeface::default());
        };
        let typeface = Typeface::read(font, self.bold_font.as_deref()).map_err(refused)?;
        if self.pictures.contains(&Pictures::Pdf) {
            typeface.require_embeddable().map_err(|error| match error {
                FigureError::Typeface(error) => refused(error),
                error => Failure::Write(error.to_string()),
            })?;
        }
        Ok(typeface)
    }

    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let lettering = Lettering {
        typeface: arguments.typeface()?,
        size: arguments.font_size,
    };
    let mut figures = KeptRun::open(&arguments.run)?.show()?.figures;
    if arguments.untitled {
        figures = figures.into_iter().map(Drawing::untitled).collect();
    }
    let folder = arguments.out.clone();
    let folder = folder.unwrap_or_else(|| arguments.run.join("plots"));
    let watcher = Watcher::new(Verbosity::Normal, None);
    let asked = |format| arguments.pictures.contains(&format);
    let both = asked(Pictures::Both);
    let options = PictureOptions {
        svg: both || asked(Pictures::Svg),
        png: (both || asked(Pictures::Png)).then_some(arguments.density),
        pdf: asked(Pictures::Pdf),
        lettering,
    };
    let notes = draw_as(&figures, &folder, &options)?;
    if arguments.format() == Format::Json {
        let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
        let said = json!({ "folder": folder, "pictures": names, "notes": notes });
        return terminal::print(&format!("{said:#}\n"));
    }
    for note in notes {
        watcher.note(&note);
    }
    watcher.note(&format!("drawn in {}", folder.display()));
    Ok(())
}
