//! One's own data in the kinds that have a model of their own beside it: what they find of data with a known answer, what they
//! say of the data, and what they refuse.

#![cfg(feature = "experiment")]
#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod flows;
mod points_and_series;
mod predictive;

use std::fs;
use std::path::Path;

use pulsatrix::experiment::{DataStatement, ModelFile, Silent, Study, read};

/// A model of a text.
fn model(text: &str) -> ModelFile {
    ModelFile::from_text("own", "own.toml", text.to_owned()).unwrap()
}

/// What the model of a text finds, and what its report says of the data.
fn find<S: Study>(text: &str) -> (S::Findings, DataStatement) {
    let study = model(text).study::<S>();
    let study = study.map_err(|error| error.to_string()).unwrap();
    let said = study.data_statement().unwrap();
    assert_eq!(study.data(), Some(said.checksum));
    (study.find(&Silent).unwrap(), said)
}

/// What is wrong with the model of a text.
fn refusal(text: &str) -> String {
    read(&model(text)).err().unwrap().to_string()
}

/// A shipped model with some settings changed and one's own keys in the section `[data]`, where the given lines of it are left
/// out.
fn shipped(name: &str, without: &[&str], data: &str) -> String {
    let text = pulsatrix::experiment::shipped_text(name).unwrap();
    let kept = text.lines().filter(|line| {
        let key = line.split('=').next().unwrap_or_default().trim();
        !without.contains(&key)
    });
    let kept: Vec<&str> = kept.collect();
    kept.join("\n")
        .replacen("[data]", &format!("[data]\n{data}"), 1)
}

/// A table in a file.
fn table(folder: &Path, name: &str, head: &str, rows: &[Vec<f64>]) -> String {
    let row = |row: &Vec<f64>| {
        let numbers: Vec<String> = row.iter().map(ToString::to_string).collect();
        numbers.join(",")
    };
    let lines: Vec<String> = rows.iter().map(row).collect();
    let path = folder.join(name);
    fs::write(&path, format!("{head}\n{}\n", lines.join("\n"))).unwrap();
    path.display().to_string()
}
