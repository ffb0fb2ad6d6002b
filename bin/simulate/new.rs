//! `simulate new KIND`: a commented model file that runs as it is.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::explain::kind;
use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of experiment (see `simulate explain`)
    kind: String,
    /// File to be written, which must not be there, or `-` for standard output [default: KIND.toml]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The file and its kind as JSON on standard output
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let text = kind(&arguments.kind)?.commented();
    let default = || PathBuf::from(format!("{}.toml", arguments.kind));
    let path = arguments.out.clone().unwrap_or_else(default);
    if path.as_os_str() == "-" {
        return terminal::print(&text);
    }
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Failure::Write(format!("cannot write {}: {error}", path.display())))?;
    if arguments.format() == Format::Json {
        let said = json!({ "file": path, "kind": arguments.kind });
        return terminal::print(&format!("{said:#}\n"));
    }
    terminal::say(&format!(
        "{} is written; `simulate run {}` runs it",
        path.display(),
        path.display()
    ));
    Ok(())
}
