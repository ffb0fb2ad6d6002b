//! `simulate compare RUN RUN`: what differs between two finished runs.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{Cell, Comparison, Difference, Table, compare};
use serde_json::json;

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::{table, terminal};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run
    first: PathBuf,
    /// Folder of another one
    second: PathBuf,
    /// Numbers that differ by no more than this share of the larger one count as equal
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    tolerance: f64,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !(0.0..1.0).contains(&arguments.tolerance) {
        return Err(Failure::Usage(
            format!("the tolerance is {}", arguments.tolerance),
            "give a share from 0 to below 1, as in `--tolerance 1e-9`".into(),
        ));
    }
    let found = compare(&arguments.first, &arguments.second, arguments.tolerance)?;
    let text = match arguments.format() {
        Format::Json => format!("{:#}\n", json!(found)),
        Format::Text => words(&found),
    };
    terminal::print(&text)?;
    if found.is_empty() {
        Ok(())
    } else {
        Err(Failure::Differ)
    }
}

fn words(found: &Comparison) -> String {
    if found.is_empty() {
        return "settings and findings are the same\n".into();
    }
    let mut rows = Table::new(["of", "key", "first", "second", "difference"]);
    for (of, all) in [("settings", &found.settings), ("report", &found.report)] {
        for Difference {
            key,
            first,
            second,
            largest,
        } in all
        {
            let cell = |text: &Option<String>| text.as_deref().map_or(Cell::Empty, Cell::from);
            rows.push([
                of.into(),
                key.as_str().into(),
                cell(first),
                cell(second),
                (*largest).into(),
            ]);
        }
    }
    table::render(&rows)
}
