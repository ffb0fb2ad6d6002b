//! `simulate completions SHELL`: completions of shells, and the manual page.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::terminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// For which shell, or `man` for the manual page
    #[arg(value_enum)]
    of: Of,
}

/// What is printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
    Man,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut command = crate::Arguments::command();
    let mut text = Vec::new();
    let shell = match arguments.of {
        Of::Bash => Shell::Bash,
        Of::Elvish => Shell::Elvish,
        Of::Fish => Shell::Fish,
        Of::PowerShell => Shell::PowerShell,
        Of::Zsh => Shell::Zsh,
        Of::Man => {
            clap_mangen::Man::new(command).render(&mut text)?;
            return terminal::print(&String::from_utf8_lossy(&text));
        }
    };
    clap_complete::generate(shell, &mut command, "simulate", &mut text);
    terminal::print(&String::from_utf8_lossy(&text))
}
