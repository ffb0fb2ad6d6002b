//! `simulate serve`: the page, for a colleague in a browser.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use pulsatrix::service::{Limits, Machines, MachinesError, ServeError, Service, document};

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Address to listen on; 127.0.0.1 is this machine alone; 0.0.0.0 everybody who can reach it, whatever name he gives it
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS", value_parser = host)]
    host: IpAddr,
    /// Port to listen on; 0 for one that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of a finished run of the kind `one-shot`, whose read-out classifies
    #[arg(long, value_name = "RUN")]
    model: Option<PathBuf>,
    /// Requests a second from one address
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    rate: u32,
    /// Print the OpenAPI document of the endpoints, and serve nothing
    #[arg(long)]
    openapi: bool,
    /// The address as JSON on standard output
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

/// An address, or the name that every machine has for itself.
fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse()
        .map_err(|_| "give an address, such as 127.0.0.1, 0.0.0.0 or ::1, or `localhost`".into())
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.openapi {
        return terminal::print(&format!("{:#}\n", document()));
    }
    let listener = Service::listen(SocketAddr::new(arguments.host, arguments.port))?;
    let watcher = Watcher::new(Verbosity::Normal, None);
    watcher.note("training on the digits that ship");
    let trained = Machines::train(arguments.model.as_deref(), &watcher);
    watcher.finish();
    let machines = trained?;
    let limits = Limits {
        rate: f64::from(arguments.rate),
        ..Limits::default()
    };
    watcher.note(&format!("ready after {:.1} s", machines.about().seconds));
    Service::new(machines, limits).run(listener, |address| {
        // the address is what a script waits for; the page is there without it
        let address = format!("http://{address}");
        let _ = terminal::print(&match arguments.format() {
            Format::Text => format!("{address}\n"),
            Format::Json => format!("{}\n", serde_json::json!({ "address": address })),
        });
        watcher.note("Ctrl-C ends it");
    })?;
    Ok(())
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match &error {
            ServeError::Listen { .. } => Self::Usage(
                error.to_string(),
                "give an address of this machine with `--host`, and a free port with `--port`, or 0 for any".into(),
            ),
            _ => Self::Write(error.to_string()),
        }
    }
}

impl From<MachinesError> for Failure {
    fn from(error: MachinesError) -> Self {
        match error {
            MachinesError::Model(error) => Self::Model(error),
            MachinesError::Run(error) => Self::Run(error, None),
            error => Self::Usage(
                error.to_string(),
                "give the folder of a finished run of the kind `one-shot`".into(),
            ),
        }
    }
}
