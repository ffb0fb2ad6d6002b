//! A page of Markdown: its blocks of code, its links, its headings.

use std::fs;
use std::path::{Path, PathBuf};

/// A page, line by line.
pub struct Page {
    pub path: PathBuf,
    pub lines: Vec<String>,
    pub blocks: Vec<Block>,
    pub links: Vec<Link>,
    /// Headings as the fragments of links.
    pub anchors: Vec<String>,
}

/// A fenced block of code.
pub struct Block {
    /// Number of the line that opens it, from 1.
    pub line: usize,
    /// The words behind the fence: a language and marks.
    pub marks: Vec<String>,
    pub text: Vec<String>,
}

/// A link or a picture.
pub struct Link {
    pub line: usize,
    pub target: String,
}

impl Block {
    pub fn language(&self) -> &str {
        self.marks.first().map_or("", String::as_str)
    }

    pub fn has(&self, mark: &str) -> bool {
        self.marks.iter().any(|found| found == mark)
    }

    /// What stands behind `name:` among the marks.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.marks
            .iter()
            .find_map(|mark| mark.strip_prefix(name)?.strip_prefix(':'))
    }
}

impl Page {
    pub fn read(path: &Path) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (mut blocks, mut links, mut anchors) = (Vec::<Block>::new(), Vec::new(), Vec::new());
        let mut inside = false;
        for (line, text) in (1..).zip(&lines) {
            if let Some(marks) = text.strip_prefix("```") {
                inside = !inside;
                if inside {
                    let marks = marks
                        .split(',')
                        .map(|mark| mark.trim().to_owned())
                        .collect();
                    blocks.push(Block {
                        line,
                        marks,
                        text: Vec::new(),
                    });
                }
            } else if inside {
                blocks.last_mut().unwrap().text.push(text.clone());
            } else {
                if let Some(heading) = text.strip_prefix('#') {
                    anchors.push(anchor(heading.trim_start_matches('#')));
                }
                links.extend(targets(text).map(|target| Link { line, target }));
            }
        }
        assert!(!inside, "{}: a block of code has no end", path.display());
        Self {
            path: path.to_owned(),
            lines,
            blocks,
            links,
            anchors,
        }
    }

    /// Where a reader finds it.
    pub fn place(&self, line: usize) -> String {
        let path = self.path.strip_prefix(crate::root()).unwrap_or(&self.path);
        format!("{}:{line}", path.display())
    }
}

/// Targets of `[text](target)` and `![text](target)` in a line.
fn targets(line: &str) -> impl Iterator<Item = String> + '_ {
    line.match_indices("](").filter_map(|(start, open)| {
        let rest = &line[start + open.len()..];
        rest.find(')').map(|end| rest[..end].to_owned())
    })
}

/// The fragment that mdBook gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|letter| match letter {
        ' ' => Some('-'),
        _ if letter.is_alphanumeric() || letter == '-' || letter == '_' => Some(letter),
        _ => None,
    });
    kept.collect::<String>().to_lowercase()
}
