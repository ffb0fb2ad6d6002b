//! Any text as a model file: it stands, or is refused with at least one problem.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pulsatrix::experiment::{ModelFile, read};

fuzz_target!(|text: String| {
    let model = ModelFile::from_text("fuzz", "fuzz.toml", text);
    if let Err(error) = model.and_then(|model| read(&model)) {
        assert!(!error.problems.is_empty());
    }
});
