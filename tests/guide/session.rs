//! The commands of a page, one after the other, in a folder of their own.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;

use crate::comparison::{Closeness, difference};
use crate::page::{Block, Page};

/// A command of the guide takes a second or two; this is for the busiest of machines (chosen).
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a page and returns its mistakes. With `write` the outputs in the page are those that came.
pub fn run(page: &mut Page, write: bool) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut mistakes = Vec::new();
    let mut printed: Option<Vec<String>> = None;
    let mut written = Vec::new();
    for block in &page.blocks {
        if let Some(name) = block.value("file") {
            fs::write(folder.path().join(name), block.text.join("\n") + "\n").unwrap();
        }
        if block.language() == "sh" {
            printed = None;
            if block.has("elsewhere") {
                continue;
            }
            for line in commands(block) {
                match command(&line, block, folder.path()) {
                    Ok(lines) => printed = Some(lines),
                    Err(why) => {
                        mistakes.push(format!("{}: `{line}` {why}", page.place(block.line)));
                    }
                }
            }
        }
        if block.has("output") {
            let Some(output) = &printed else {
                mistakes.push(format!(
                    "{}: no command before this output",
                    page.place(block.line)
                ));
                continue;
            };
            let output = excerpt(output, block);
            if write {
                written.push((block.line, block.text.len(), output));
                continue;
            }
            let closeness = match (block.has("rough"), block.has("form")) {
                (true, _) => Closeness::Tenth,
                (false, true) => Closeness::Form,
                (false, false) => Closeness::Digits,
            };
            if let Some(difference) = difference(&block.text, &output, closeness) {
                mistakes.push(format!(
                    "{}: another output\n{difference}",
                    page.place(block.line)
                ));
            }
        }
    }
    if !written.is_empty() {
        for (line, length, output) in written.into_iter().rev() {
            page.lines.splice(line..line + length, output);
        }
        fs::write(&page.path, page.lines.join("\n") + "\n").unwrap();
    }
    mistakes
}

/// Lines of a block, without comments; a line that ends in `\` goes on.
fn commands(block: &Block) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in &block.text {
        let line = line.split(" #").next().unwrap().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (words, more) = line
            .strip_suffix('\\')
            .map_or((line, false), |words| (words, true));
        match commands.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(&format!(" {}", words.trim())),
            None => commands.push(words.trim().to_owned()),
        }
        goes_on = more;
    }
    commands
}

/// Runs one line and returns what it prints.
fn command(line: &str, block: &Block, folder: &Path) -> Result<Vec<String>, String> {
    let rest = ["simulate ", "cargo run --release -- "]
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .ok_or("is no command of `simulate`; mark the block `elsewhere`")?;
    let mut words = words(rest);
    let file = match words.iter().position(|word| word == ">") {
        Some(place) => words.drain(place..).nth(1),
        None => None,
    };
    for word in words.iter().filter(|word| word.starts_with("models/")) {
        fs::create_dir_all(folder.join("models")).unwrap();
        fs::copy(crate::root().join(word), folder.join(word))
            .map_err(|error| format!("names {word}: {error}"))?;
    }
    if block.has("slow") {
        words.push("--dry-run".to_owned());
    }
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
    let begun = Instant::now();
    let output = run
        .current_dir(folder)
        .args(&words)
        .timeout(PATIENCE)
        .output()
        .unwrap();
    if begun.elapsed() >= PATIENCE {
        return Err("does not come to an end; mark the block `slow`".to_owned());
    }
    let (text, errors) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() == block.has("fails") {
        return Err(format!("ends with {}\n{errors}", output.status));
    }
    if let Some(file) = file {
        fs::write(folder.join(file), &text).unwrap();
        return Ok(Vec::new());
    }
    let said = if block.has("fails") {
        text + &errors
    } else {
        text
    };
    Ok(said
        .trim_end()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The words of a line, as a shell would part them: quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for letter in line.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => word.push(letter),
            None if letter == '\'' || letter == '"' => (quote, begun) = (Some(letter), true),
            None if letter.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            None => {
                word.push(letter);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// What a block shows of an output.
fn excerpt(output: &[String], block: &Block) -> Vec<String> {
    let head = block
        .value("head")
        .map_or(output.len(), |lines| lines.parse().unwrap());
    let mut lines: Vec<String> = output.iter().take(head).cloned().collect();
    if lines.len() < output.len() {
        lines.push("…".to_owned());
    }
    lines
}
