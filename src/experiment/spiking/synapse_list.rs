//! Synapses that a file or a model lists.

use super::synapses::delay_is_sound;
use crate::experiment::Diagnostic;
use crate::experiment::data::files::{bytes, locate, matrix_at, refuse_file};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::data::text_table::{Flaw, TextTable};
use crate::experiment::settings::{Words, require};
use crate::networks::Synapse;

/// Columns of a list of synapses.
const COLUMNS: [&str; 4] = ["from", "to", "weight", "delay"];

/// The synapses of a list.
pub(super) fn listed(list: &Numbers, neurons: usize) -> Result<Vec<Synapse>, Diagnostic> {
    let help = "give rows of four numbers: from, to, weight, delay";
    let rows = match list {
        Numbers::File(name) if !name.ends_with(".npy") => named_columns(name, list)?,
        _ => {
            let matrix = matrix_at(list, false, help)?;
            require(
                list,
                matrix.ncols() == COLUMNS.len(),
                format!("a list of synapses with {} columns", matrix.ncols()),
                "this list",
                help,
            )?;
            matrix.transpose().as_slice().to_vec()
        }
    };
    let neuron = |number: f64| {
        let sound = number.fract() == 0.0 && (0.0..neurons as f64).contains(&number);
        sound.then_some(number as usize)
    };
    let synapse = |(row, numbers): (usize, &[f64])| {
        let ends = (neuron(numbers[0]), neuron(numbers[1]));
        let (weight, delay) = (numbers[2], numbers[3]);
        match ends {
            (Some(sender), Some(target)) if weight.is_finite() && delay_is_sound(delay) => {
                Ok(Synapse {
                    sender,
                    target,
                    weight,
                    delay,
                })
            }
            _ => {
                let row = row + 1;
                let problem = format!(
                    "synapse {row}, from {}, to {}, weight {weight}, delay {delay}, cannot be",
                    numbers[0], numbers[1]
                );
                let last = neurons - 1;
                let help = format!(
                    "neurons are 0 to {last}, a weight is finite, a delay is 0 or at least 1e-9"
                );
                Err(refuse_file(list, &problem, &help))
            }
        }
    };
    rows.chunks_exact(COLUMNS.len())
        .enumerate()
        .map(synapse)
        .collect()
}

/// The numbers of a table, whose columns may stand in any order if they are named.
fn named_columns(name: &Words, list: &Numbers) -> Result<Vec<f64>, Diagnostic> {
    let remedy = "put a list of synapses there, one a line: from, to, weight, delay; paths are those of the folder \
        that the command is called in, or of the folder that PULSATRIX_DATA names";
    let text = bytes(&locate(name)).map_err(|error| refuse_file(list, &error, remedy))?;
    let flaw = |flaw: Flaw| refuse_file(list, &flaw.words(), flaw.remedy);
    let table = TextTable::parse(&String::from_utf8_lossy(&text)).map_err(flaw)?;
    if !table.named && table.names.len() != COLUMNS.len() {
        let problem = format!("{} columns without names", table.names.len());
        return Err(refuse_file(
            list,
            &problem,
            "give four: from, to, weight, delay",
        ));
    }
    let columns = COLUMNS.iter().enumerate().map(|(place, column)| {
        let found = match table.named {
            true => table.column(column),
            false => Some(place),
        };
        found.ok_or_else(|| {
            let problem = format!("there is no column `{column}`");
            refuse_file(list, &problem, "name the columns from, to, weight, delay")
        })
    });
    let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
    table.numbers(&columns).map_err(flaw)
}
