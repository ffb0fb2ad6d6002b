//! `simulate schema [KIND]`: the JSON schema of model files or reports.

use clap::Args;
use pulsatrix::experiment::schema::{document, model_schema, report_schema};

use crate::explain::kind;
use crate::failure::Failure;
use crate::terminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of experiment; without it the schema of all kinds
    kind: Option<String>,
    /// The schema of `report.json` instead of that of model files
    #[arg(long)]
    report: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let schema = match (&arguments.kind, arguments.report) {
        (None, false) => model_schema(),
        (None, true) => report_schema(),
        (Some(name), false) => document(kind(name)?.model_schema()),
        (Some(name), true) => document(kind(name)?.report_schema()),
    };
    terminal::print(&format!("{schema:#}\n"))
}
