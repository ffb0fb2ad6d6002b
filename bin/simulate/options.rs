//! Arguments that several subcommands share.

use clap::{Args, ValueEnum};
use pulsatrix::experiment::{ModelFile, Prepared, read};

use crate::failure::Failure;

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// Which form to print.
#[derive(Debug, Clone, Copy, Args)]
pub struct FormatOption {
    /// Form of what goes to standard output
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FormatOption {
    pub fn format(self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// Which changes to a model, and the form of the output.
#[derive(Debug, Args)]
pub struct ModelOption {
    /// Override a setting, for example `--set solver.tolerance=1e-9`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Override the seed
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    #[command(flatten)]
    format: FormatOption,
}

impl ModelOption {
    pub fn format(&self) -> Format {
        self.format.format()
    }

    /// The overrides as `key=value`, in the order in which they apply.
    pub fn overrides(&self, first: Option<&str>) -> Vec<String> {
        let first = first.map(str::to_owned);
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let set = self.set.iter().cloned();
        first.into_iter().chain(set).chain(seed).collect()
    }

    /// Reads and validates the model.
    pub fn prepare(
        mut model: ModelFile,
        overrides: &[String],
    ) -> Result<(ModelFile, Prepared), Failure> {
        for assignment in overrides {
            model.set(assignment)?;
        }
        let prepared = read(&model)?;
        Ok((model, prepared))
    }
}
