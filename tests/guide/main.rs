//! The guide: every command in it runs, every output in it is what the command prints, every link leads somewhere.
//!
//! | block | what is done with it |
//! |---|---|
//! | `sh` | every line is a command `simulate …` (or `cargo run --release -- …`), and runs |
//! | `sh,slow` | the same commands are checked, not run: they take more than seconds |
//! | `sh,fails` | the last command has to fail, and its output has what it says on standard error, too |
//! | `sh,elsewhere` | needs what a test has not (several machines, a browser, data that are not shipped); only read |
//! | `text,output` | what the command before it prints: words as they stand, numbers to the printed digits |
//! | `text,output,rough` | the same, numbers to a tenth: learning and chaos amplify the last bits of a processor |
//! | `text,output,form` | the same, numbers of any value: where rounding decides between things that are equal |
//! | `…,head:N` | the first N lines of the output, and a last line `…` |
//! | `toml,file:NAME` (or another language) | is written to the folder in which the commands of its page run |
//!
//! `PULSATRIX_WRITE_GUIDE=1` writes the outputs into the pages instead of comparing them.

#![allow(clippy::unwrap_used)]

mod comparison;
mod links;
mod page;
mod session;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use page::Page;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages, in the order of their paths.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root().join("docs/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            // The link to the pictures is no folder of pages.
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 20, "the guide has only {} pages", pages.len());
    pages
}

#[test]
fn every_command_prints_what_the_guide_says() {
    let pages = pages();
    let write = std::env::var_os("PULSATRIX_WRITE_GUIDE").is_some();
    let mistakes = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = session::run(&mut Page::read(path), write);
                    mistakes.lock().unwrap().extend(found);
                }
            });
        }
    });
    let mistakes = mistakes.into_inner().unwrap();
    assert!(mistakes.is_empty(), "\n{}\n", mistakes.join("\n"));
}

#[test]
fn every_link_and_picture_is_there() {
    let mut all = pages();
    all.push(root().join("README.md"));
    all.push(root().join("CONTRIBUTING.md"));
    let mistakes: Vec<String> = all
        .iter()
        .flat_map(|path| links::broken(&Page::read(path)))
        .collect();
    assert!(mistakes.is_empty(), "\n{}\n", mistakes.join("\n"));
}

#[test]
fn the_table_of_contents_has_every_page_once() {
    let contents = Page::read(&root().join("docs/src/SUMMARY.md"));
    let folder = root().join("docs/src");
    let mut listed: Vec<PathBuf> = contents
        .links
        .iter()
        .map(|link| folder.join(&link.target))
        .collect();
    listed.sort();
    let written: Vec<PathBuf> = pages()
        .into_iter()
        .filter(|path| !path.ends_with("SUMMARY.md"))
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn every_page_with_code_is_tested() {
    let tested = fs::read_to_string(root().join("src/guide.rs")).unwrap();
    for path in pages() {
        let page = Page::read(&path);
        let code = page.blocks.iter().any(|block| block.language() == "rust");
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        assert_eq!(
            code,
            tested.contains(&format!("include_str!(\"../{name}\")")),
            "{name}: pages with Rust, and they alone, are included in src/guide.rs for their tests"
        );
    }
}

#[test]
fn the_gallery_shows_every_shipped_model() {
    let gallery = fs::read_to_string(root().join("docs/src/gallery.md")).unwrap();
    for entry in fs::read_dir(root().join("models")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let picture = format!("](plots/{name}.svg)");
            assert!(
                gallery.contains(&picture),
                "docs/src/gallery.md lacks {picture}"
            );
        }
    }
}
