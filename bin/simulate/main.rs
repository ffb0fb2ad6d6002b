//! The command line `simulate`: parses, calls the library, prints; knows no science.

mod check;
mod crew;
mod draw;
mod failure;
mod gallery;
mod models;
mod options;
mod query;
mod run;
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

Exit codes: 0 done, 1 no sound result, 2 usage, model file or data, 4 cannot write, 130 interrupted.";

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
    /// Look patterns up in a finished atlas
    Query(query::Arguments),
    /// Validate a model and say what would run
    Check(check::Arguments),
    /// List the shipped models, or print one
    Models(models::Arguments),
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
        Command::Draw(draw) => (Format::Text, alone("draw", || draw::run(&draw))),
        Command::Query(query) => (query.format(), alone("query", || query::run(&query))),
        Command::Check(check) => (check.model.format(), alone("check", || check::run(&check))),
        Command::Models(models) => (models.format(), alone("models", || models::run(&models))),
        Command::Gallery(gallery) => (Format::Text, alone("gallery", || gallery::run(&gallery))),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => (Format::Text, alone("serve", || serve::run(&serve))),
    };
    match result {
        Ok(()) | Err(Failure::BrokenPipe | Failure::Elsewhere) => ExitCode::SUCCESS,
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
