//! Known answers of networks in model files.

use super::findings::Findings;
use super::run::Spiking;
use crate::experiment::{ModelFile, Silent, Study, read};

fn pair(set: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped("spiking-pair").unwrap();
    for assignment in set {
        model.set(assignment).unwrap();
    }
    model
}

fn findings(model: &ModelFile) -> Findings {
    model.study::<Spiking>().unwrap().find(&Silent).unwrap()
}

#[test]
fn the_shipped_pair_fires_at_the_known_times_by_either_engine() {
    let known = [
        [1.098612289, 2.083787533, 3.031891959, 4.068824264],
        [1.203972804, 2.453787533, 3.698824264, 4.989347584],
    ];
    for engine in ["exact", "general"] {
        let found = findings(&pair(&[&format!("simulation.engine={engine}")]));
        for (found, known) in found.first_spikes.iter().zip(known) {
            for (found, known) in found.iter().zip(known) {
                assert!(
                    (found - known).abs() < 2e-9,
                    "{engine}: {found} for {known}"
                );
            }
        }
        assert_eq!(found.intervals.values.len(), found.spikes - 2);
        assert_eq!(found.potentials.values[1], 0.3);
    }
}

/// A matrix, one number, a list, and a file with its columns in another order: the same spikes.
#[test]
fn synapses_may_be_written_in_every_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, "to,from,delay,weight\n1,0,0.37,0.1\n0,1,0.37,0.1\n").unwrap();
    let whole = findings(&pair(&[])).spike_times;
    let sections = [
        "weights = 0.1\ndelays = 0.37".to_owned(),
        "weights = [[0, 0.1], [0.1, 0]]\ndelays = 0.37".to_owned(),
        "list = [[0, 1, 0.1, 0.37], [1, 0, 0.1, 0.37]]".to_owned(),
        format!("list = {:?}", path.display().to_string()),
    ];
    for section in sections {
        assert_eq!(findings(&joined(&section)).spike_times, whole, "{section}");
    }
}

/// The pair with other synapses.
fn joined(section: &str) -> ModelFile {
    let text = format!(
        "experiment = \"spiking\"\n[network]\nneurons = 2\ninput = [1.5, 1.3]\nstart = [0.0, 0.3]\n\
         [synapses]\n{section}\n[simulation]\nt_end = 10.0\n"
    );
    ModelFile::from_text("m", "m.toml", text).unwrap()
}

/// Alone, a neuron fires every `rho + tau ln((I - r)/(I - theta))`.
#[test]
fn a_lone_neuron_is_a_clock() {
    let text = "experiment = \"spiking\"\n[network]\nneurons = 1\ninput = 2.0\ntau = 0.5\nrefractory = 0.1\n\
        start = 0.0\n[simulation]\nt_end = 100.0\n[analysis]\ndiscard = 10.0\n";
    let model = ModelFile::from_text("m", "m.toml", text.to_owned()).unwrap();
    let found = findings(&model);
    let period = 0.1 + 0.5 * 2f64.ln();
    assert!((found.intervals.values[50] - period).abs() < 1e-12);
    assert!(found.mean_cv.unwrap() < 1e-10);
    assert!((found.mean_rate - 1.0 / period).abs() < 1.0 / 90.0);
    assert!((found.synchrony.unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn what_is_no_network_is_refused() {
    for set in [
        "network.reset=1.5",
        "network.start=1.5",
        "network.input=[1.0]",
        "network.refractory=-1",
        "synapses.delays=1e-12",
        "synapses.weights=[[0, 1]]",
        "synapses.list=[[0, 1, 0.1, 0.37]]",
        "analysis.discard=1000",
    ] {
        assert!(read(&pair(&[set])).is_err(), "{set}");
    }
}

#[test]
fn what_is_no_list_of_synapses_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    let list = format!("list = {:?}", path.display().to_string());
    for (text, problem) in [
        ("0;1;0,5;0,1\n", "`0,5`"),
        ("0,1,0.5,0.1,7\n", "5 columns without names"),
        ("from,to,weight\n0,1,0.5\n", "no column `delay`"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = read(&joined(&list)).err().unwrap();
        let words = format!("{error:?}");
        assert!(words.contains(problem), "{words}");
    }
    let error = read(&joined("weights = 0.1")).err().unwrap();
    assert!(
        format!("{error:?}").contains("add `delays = ...`"),
        "{error:?}"
    );
}
