//! Labelled texts: tab-separated files with a head, compressed by gzip or not.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::experiment::Diagnostic;
use crate::experiment::data::files::{self, locate, refuse_file};
use crate::experiment::memory_limit::MOST_BYTES;
use crate::experiment::settings::Words;

/// The set of texts that ships with the crate.
pub const SHIPPED: &str = "sotu";

const TRAINING: &[u8] = include_bytes!("../../../data/sotu/train.tsv.gz");
const TESTS: &[u8] = include_bytes!("../../../data/sotu/test.tsv.gz");

const FORM: &str =
    "write one text a line, fields apart by tabs, with the names of the columns in the first line";

/// The texts of a file, with what their columns say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The texts.
    pub texts: Vec<String>,
    /// Labels of every text, a list for each column that was asked for.
    pub labels: Vec<Vec<String>>,
}

/// The bytes of a file, inflated if need be.
fn bytes(name: &Words, shipped: Option<&[u8]>) -> Result<Vec<u8>, Diagnostic> {
    let missing = "give the path of a .tsv or .tsv.gz file; paths are those of the folder that the command is called in, \
         or of the folder that PULSATRIX_DATA names";
    let found = match shipped {
        Some(bytes) => bytes.to_vec(),
        None => files::bytes(&locate(name)).map_err(|error| refuse_file(name, &error, missing))?,
    };
    if !found.starts_with(&[0x1f, 0x8b]) {
        return Ok(found);
    }
    let mut inflated = Vec::new();
    // a small file may inflate to anything
    let most = (MOST_BYTES / 8.0) as u64;
    let read = MultiGzDecoder::new(&found[..])
        .take(most)
        .read_to_end(&mut inflated);
    let damaged = |problem: &str| refuse_file(name, &problem, "compress the file anew");
    match read {
        Err(error) => Err(damaged(&format!("the gzip stream is damaged: {error}"))),
        Ok(count) if count as u64 == most => Err(damaged("the file inflates beyond a gigabyte")),
        Ok(_) => Ok(inflated),
    }
}

impl Texts {
    /// Reads a file; `shipped` is taken instead of it, if there is any.
    pub fn read(
        name: &Words,
        shipped: Option<&[u8]>,
        (text, labels): (&Words, &[Words]),
    ) -> Result<Self, Diagnostic> {
        let bytes = bytes(name, shipped)?;
        let contents = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            let problem = format!("line {line} is not UTF-8");
            refuse_file(name, &problem, "save the file in the encoding UTF-8")
        })?;
        let contents = contents.strip_prefix('\u{feff}').unwrap_or(&contents);
        let mut lines = contents.lines().enumerate();
        let head: Vec<&str> = lines
            .next()
            .map_or(Vec::new(), |(_, line)| line.split('\t').collect());
        let column = |wanted: &Words| {
            if head.iter().filter(|column| **column == &**wanted).count() > 1 {
                let problem = format!("line 1 names the column `{wanted}` twice");
                return Err(refuse_file(
                    name,
                    &problem,
                    "give every column a name of its own",
                ));
            }
            head.iter()
                .position(|column| *column == &**wanted)
                .ok_or_else(|| {
                    let problem = format!(
                        "line 1 names no column `{wanted}`, but `{}`",
                        head.join("`, `")
                    );
                    refuse_file(name, &problem, FORM)
                })
        };
        let place = column(text)?;
        let places = labels
            .iter()
            .map(column)
            .collect::<Result<Vec<usize>, _>>()?;
        let mut found = Self {
            texts: Vec::new(),
            labels: vec![Vec::new(); labels.len()],
        };
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let fields: Vec<&str> = line.split('\t').collect();
            let wrong = |problem: String| {
                refuse_file(name, &format!("line {}: {problem}", index + 1), FORM)
            };
            if fields.len() != head.len() {
                return Err(wrong(format!(
                    "{} fields, and {} columns",
                    fields.len(),
                    head.len()
                )));
            }
            if crate::networks::text::words(fields[place]).is_empty() {
                return Err(wrong(format!("the column `{text}` holds no word")));
            }
            found.texts.push(fields[place].to_owned());
            for (column, place) in found.labels.iter_mut().zip(&places) {
                if fields[*place].trim().is_empty() {
                    return Err(wrong(format!("the column `{}` is empty", head[*place])));
                }
                column.push(fields[*place].trim().to_owned());
            }
        }
        if found.texts.is_empty() {
            return Err(refuse_file(name, &"there is no text in it", FORM));
        }
        Ok(found)
    }

    /// The shipped bytes of the training or the test part, where the name is that of the shipped set.
    pub fn shipped(name: &Words, tests: bool) -> Option<&'static [u8]> {
        (&**name == SHIPPED).then_some(if tests { TESTS } else { TRAINING })
    }
}

/// Names of the classes, and the class of every training text and of every test.
pub type Numbered = (Vec<String>, Vec<usize>, Vec<usize>);

/// The classes of a column of training labels, in the order of their letters, and the number of every label.
pub fn numbered(
    (training, test): (&[String], &[String]),
    (label, training_file, test_file): (&Words, &Words, &Words),
) -> Result<Numbered, Diagnostic> {
    let mut classes = training.to_vec();
    classes.sort_unstable();
    classes.dedup();
    if classes.len() < 2 {
        let problem = format!(
            "all texts are of the one class `{}` by the column `{label}`",
            classes[0]
        );
        return Err(refuse_file(
            training_file,
            &problem,
            "give texts of at least two classes",
        ));
    }
    let number = |label: &String| classes.binary_search(label).ok();
    let learnt = training.iter().filter_map(number).collect();
    let mut tests = Vec::with_capacity(test.len());
    for (index, class) in test.iter().enumerate() {
        let Some(number) = number(class) else {
            let problem = format!(
                "text {} is of the class `{class}` by the column `{label}`, which no training text is",
                index + 1
            );
            return Err(refuse_file(
                test_file,
                &problem,
                "take the text out, or learn the class",
            ));
        };
        tests.push(number);
    }
    Ok((classes, learnt, tests))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// `cat a.gz b.gz` is a file of both, and so write programs that compress in parallel.
    #[test]
    fn all_members_of_a_compressed_file_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("texts.tsv.gz");
        let mut whole = Vec::new();
        for part in ["label\ttext\na\tfirst words\n", "b\tsecond words\n"] {
            let mut member = GzEncoder::new(Vec::new(), Compression::default());
            member.write_all(part.as_bytes()).unwrap();
            whole.extend(member.finish().unwrap());
        }
        std::fs::write(&path, whole).unwrap();
        let name = Words::from(path.to_str().unwrap());
        let columns = (&Words::from("text"), &[Words::from("label")][..]);
        let found = Texts::read(&name, None, columns).unwrap();
        assert_eq!(found.texts, ["first words", "second words"]);
        assert_eq!(found.labels, [["a", "b"]]);
        let twice = (&Words::from("text"), &[Words::from("text")][..]);
        std::fs::write(&path, "text\ttext\na\tb\n").unwrap();
        let refused = Texts::read(&name, None, twice).unwrap_err();
        assert!(refused.message.contains("twice"));
    }
}
