//! Shipped models with mistakes in them, and damaged data: what is wrong is said, and nothing panics or hangs.
//!
//! Twenty thousand by default; `PULSATRIX_MUTATIONS=100000 cargo test --release --test mutated_models` for more.
//! Every mutation has a number of its own, which a failure names.

#![cfg(feature = "experiment")]
#![allow(clippy::unwrap_used)] // a failed precondition should panic

use std::panic::{AssertUnwindSafe, catch_unwind};

use pulsatrix::experiment::{LabelledImages, ModelFile, npy, read, shipped_models, shipped_text};
use pulsatrix::numerics::random::{Stream, stream};
use rand::RngExt;
use rand::seq::IndexedRandom;

/// What stands where a value stood: of another type, out of every range, at the ends of every number.
const VALUES: [&str; 30] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "0.5",
    "-0.0",
    "1e-300",
    "-1e300",
    "1e300",
    "1e308",
    "inf",
    "-inf",
    "nan",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "\"\"",
    "\"x\"",
    "\"110\"",
    "\"infinity\"",
    "true",
    "[]",
    "[1, 2]",
    "[[1.0], [2.0, 3.0]]",
    "[1e300, 0]",
    "{}",
    "{ a = 1 }",
    "1979-05-27",
];

fn mutated(text: &str, random: &mut Stream) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.random_range(1..=3) {
        let keys: Vec<usize> = (0..lines.len())
            .filter(|line| lines[*line].contains(" = "))
            .collect();
        let line = *keys.choose(random).unwrap_or(&0);
        match random.random_range(0..8) {
            // A value of its own, most often.
            0..=3 => {
                let value = VALUES.choose(random).unwrap();
                let (key, _) = lines[line].split_once(" = ").unwrap_or(("x", ""));
                lines[line] = format!("{key} = {value}");
            }
            4 => {
                lines.remove(line);
            }
            5 => lines.insert(line, lines[line].clone()),
            6 => {
                let other = random.random_range(0..lines.len());
                lines.swap(line, other);
            }
            _ => {
                let mut bytes: Vec<char> = lines[line].chars().collect();
                if !bytes.is_empty() {
                    let place = random.random_range(0..bytes.len());
                    bytes[place] = *['=', '"', '[', ']', '.', '9', 'e', '-', '\u{e9}']
                        .choose(random)
                        .unwrap();
                }
                lines[line] = bytes.into_iter().collect();
            }
        }
        if lines.is_empty() {
            break;
        }
    }
    lines.join("\n")
}

#[test]
fn mutated_models_are_refused_in_words_or_stand() {
    let count = std::env::var("PULSATRIX_MUTATIONS").ok();
    let count: u64 = count.map_or(20_000, |count| count.parse().unwrap());
    // The images of MNIST are not here: what names them is refused before anything else is seen.
    let models: Vec<&str> = shipped_models()
        .into_iter()
        .filter(|name| *name != "pc-mnist")
        .collect();
    let (mut refused, mut failures) = (0, Vec::new());
    for number in 0..count {
        let mut random = stream(1, "mutations of models", number);
        let name = models[number as usize % models.len()];
        let text = mutated(shipped_text(name).unwrap(), &mut random);
        let check = || {
            let model = ModelFile::from_text(name, "mutated.toml", text.clone());
            model.and_then(|model| read(&model).map(|found| found.experiment().plan().len()))
        };
        match catch_unwind(AssertUnwindSafe(check)) {
            Ok(Err(error)) => {
                refused += 1;
                let said = error.to_string();
                if said.is_empty() || error.problems.is_empty() {
                    failures.push(format!(
                        "{number} ({name}) is refused without a word:\n{text}"
                    ));
                }
            }
            Ok(Ok(lines)) => assert!(lines > 0, "{number}: no plan"),
            Err(_) => failures.push(format!("{number} ({name}) panics:\n{text}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    // Mutations that do nothing wrong are the smaller part.
    assert!(2 * refused > count, "{refused} of {count}");
}

/// Bytes of a file with some of them changed, or cut off.
fn damaged(bytes: &[u8], random: &mut Stream) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..=4) {
        let place = random.random_range(0..bytes.len());
        match random.random_range(0..4) {
            0 => bytes[place] = random.random(),
            1 => bytes[place] ^= 1 << random.random_range(0..8),
            2 => bytes.insert(place, b"0123456789(), ."[random.random_range(0..15)]),
            _ => bytes.truncate(place.max(1)),
        }
    }
    bytes
}

#[test]
fn damaged_arrays_and_images_are_refused_or_read_whole() {
    let mut array = Vec::new();
    npy::write(&mut array, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let images = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1][..],
        &[7, 8, 9, 10],
    ]
    .concat();
    let labels = [0, 0, 8, 1, 0, 0, 0, 2, 1, 0];
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("labels"), labels).unwrap();
    for number in 0..3_000 {
        let mut random = stream(1, "mutations of files", number);
        if let Ok((shape, values)) = npy::read(&damaged(&array, &mut random)[..]) {
            assert_eq!(shape.iter().product::<usize>(), values.len(), "{number}");
        }
        std::fs::write(path("images"), damaged(&images, &mut random)).unwrap();
        if let Ok(read) = LabelledImages::open(&path("images"), &path("labels"), 1.0) {
            let (pixels, count) = read.images.shape();
            assert!(pixels > 0 && count == 2, "{number}: {pixels} x {count}");
        }
    }
}
