//! The command line `simulate`: parses, calls the library, prints; knows no science.

mod check;
mod compare;
#[cfg(feature = "completions")]
mod completions;
mod crew;
mod draw;
mod explain;
mod failure;
mod gallery;
mod models;
mod new;
mod open;
mod options;
mod query;
mod run;
mod schema;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod sweep;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;
use options::Format;

const EXAMPLES: &str = "\
A MODEL is the path of a file, a shipped name (see `simulate models`), or `-` for standard input.

Examples:
  simulate models                              what is shipped
  simulate run hutchinson                      run it, keep everything in runs/hutchinson
  simulate run my.toml --set solver.t_end=500  with another value
  simulate run my.toml --json | jq .period     the report on standard output
  simulate sweep my.toml --over network.b=0.1:1:20   one row a point, in sweep.csv
  simulate check my.toml                       say what would run, write nothing
  simulate new recall                          a commented model file, to start from
  simulate explain network.h                   what a key means
  simulate compare runs/a runs/b               what differs

Exit codes: 0 done (`compare`: no difference), 1 no sound result (`compare`: they differ), 2 usage, model file
or data, 4 cannot read or write what a run needs, 130 interrupted with what was done kept.";

/// Delay equations and networks of impulse neurons from a model file.
#[derive(Debug, Parser)]
#[command(name = "simulate", version, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the experiment of a model
    Run(run::Arguments),
    /// Map a model's attractors: `run` with `--set experiment=atlas`
    Atlas(run::Arguments),
    /// Measure how patterns are recalled: `run` with `--set experiment=recall`
    Recall(run::Arguments),
    /// Run a model at many values of some of its keys
    Sweep(sweep::Arguments),
    /// Redraw the pictures of a finished run, without computing
    Draw(draw::Arguments),
    /// Say what a run has left: its report, tables, arrays and pictures
    Open(open::Arguments),
    /// Say what differs between two runs, in settings and in findings
    Compare(compare::Arguments),
    /// Look patterns up in a finished atlas
    Query(query::Arguments),
    /// Validate a model and say what would run
    Check(check::Arguments),
    /// List the shipped models, or print one
    Models(models::Arguments),
    /// Write a commented model file of a kind, which runs as it is
    New(new::Arguments),
    /// Say what the keys of a model file mean
    Explain(explain::Arguments),
    /// Print the JSON schema of model files or reports
    Schema(schema::Arguments),
    /// Print shell completions or the manual page
    #[cfg(feature = "completions")]
    Completions(completions::Arguments),
    /// Redraw the pictures of the shipped models
    Gallery(gallery::Arguments),
    /// Show the crate in a browser: digits to draw, memories to kick
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (format, result) = match arguments.command {
        Command::Run(run) => (run.model.format(), run::run(&run, None)),
        Command::Atlas(run) => (run.model.format(), run::run(&run, Some("experiment=atlas"))),
        Command::Recall(run) => (
            run.model.format(),
            run::run(&run, Some("experiment=recall")),
        ),
        Command::Sweep(sweep) => (sweep.model.format(), sweep::run(&sweep)),
        Command::Draw(draw) => (draw.format(), alone("draw", || draw::run(&draw))),
        Command::Open(open) => (open.format(), alone("open", || open::run(&open))),
        Command::Compare(compare) => (
            compare.format(),
            alone("compare", || compare::run(&compare)),
        ),
        Command::Query(query) => (query.format(), alone("query", || query::run(&query))),
        Command::Check(check) => (check.model.format(), alone("check", || check::run(&check))),
        Command::Models(models) => (models.format(), alone("models", || models::run(&models))),
        #[cfg(feature = "completions")]
        Command::Completions(all) => (Format::Text, completions::run(&all)),
        Command::New(new) => (new.format(), alone("new", || new::run(&new))),
        Command::Explain(explain) => (
            explain.format(),
            alone("explain", || explain::run(&explain)),
        ),
        Command::Schema(schema) => (Format::Json, alone("schema", || schema::run(&schema))),
        Command::Gallery(gallery) => (
            gallery.format(),
            alone("gallery", || gallery::run(&gallery)),
        ),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => (serve.format(), alone("serve", || serve::run(&serve))),
    };
    match result {
        Ok(()) | Err(Failure::BrokenPipe | Failure::Elsewhere) => ExitCode::SUCCESS,
        Err(failure @ Failure::Differ) => failure.exit_code(),
        Err(failure) => {
            terminal::complain(&failure, format);
            failure.exit_code()
        }
    }
}

/// Runs a command that several processes cannot share.
fn alone(command: &str, run: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    crew::alone(&format!("`simulate {command}`"))?;
    run()
}
