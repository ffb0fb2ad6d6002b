//! `simulate draw RUN`: the pictures of a finished run, redrawn from its report without computing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use pulsatrix::experiment::{Drawing, KeptRun, draw_as};
use pulsatrix::figures::{PNG_DENSITY, PictureOptions};

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

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
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
    };
    let notes = draw_as(&figures, &folder, options)?;
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
