//! `simulate open RUN`: what a run has left, and where.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a run
    run: PathBuf,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

/// Files of a folder with one of some endings, by name.
fn files(folder: &Path, endings: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let wanted = |path: &PathBuf| {
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        path.is_file() && endings.contains(&ending.as_str())
    };
    let mut files: Vec<String> = entries
        .filter(wanted)
        .map(|path| path.display().to_string())
        .collect();
    files.sort();
    files
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let run = &arguments.run;
    if !run.join("resolved.toml").is_file() && !run.join("sweep.csv").is_file() {
        return Err(Failure::Usage(
            format!("there is no run in {}", run.display()),
            "give the folder of a run, as in runs/group-dominance".into(),
        ));
    }
    let groups = [
        ("model", files(run, &["toml"])),
        ("report", files(run, &["json"])),
        ("tables", files(run, &["csv"])),
        ("arrays", files(run, &["npy"])),
        ("pictures", files(&run.join("plots"), &["svg", "png"])),
    ];
    let text = match arguments.format() {
        Format::Json => {
            let mut all = serde_json::Map::new();
            all.extend(groups.map(|(name, files)| (name.to_owned(), json!(files))));
            format!("{:#}\n", serde_json::Value::Object(all))
        }
        Format::Text => {
            let lines = groups.iter().flat_map(|(name, files)| {
                files.iter().map(move |file| format!("{name:9}{file}\n"))
            });
            lines.collect()
        }
    };
    terminal::print(&text)
}
