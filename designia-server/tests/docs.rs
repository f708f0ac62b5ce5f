//! The documents that promise something name the test behind each promise. Here those names are looked up in the sources, and the
//! lists are held to be whole: a promise without a test says so.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Directories in which nobody writes tests.
const PASSED_OVER: [&str; 3] = ["target", ".git", "node_modules"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// Every source file of the repository.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !PASSED_OVER.contains(&name) {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// The tests that a text names, as the end of a file's path and a function: `attacks/guessing.rs::a_name`.
fn named(text: &str) -> BTreeSet<(String, String)> {
    let words = text.split('`').skip(1).step_by(2);
    words
        .filter_map(|word| word.split_once(".rs::"))
        .map(|(file, name)| (format!("{file}.rs"), name.to_owned()))
        .collect()
}

/// Whether a source has a test of this name: a function with the attribute before it, or one that a macro runs on every store.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let begins = |line: &str| line.starts_with(&format!("fn {name}(")) || line.contains(&format!(" fn {name}("));
    let Some(place) = lines.iter().position(|line| begins(line)) else { return false };
    let before = lines[..place].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let has_attribute = before.into_iter().any(|line| line.contains("test]") || line.contains("test("));
    has_attribute || lines.iter().any(|line| line.trim_end_matches(',') == name)
}

/// Cases of a conformance suite are run by its macro, and a test of their own holds its list to be whole.
fn is_case(path: &Path, source: &str, name: &str) -> bool {
    path.components().any(|part| part.as_os_str() == "conformance") && source.contains(&format!("pub async fn {name}"))
}

/// The rows of a document's tables, as their cells.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// The first cells of all rows.
fn firsts(text: &str) -> BTreeSet<String> {
    rows(text).iter().map(|row| row[0].to_owned()).collect()
}

fn lacking(text: &str, ids: impl Iterator<Item = String>) -> Vec<String> {
    let there = firsts(text);
    ids.filter(|id| !there.contains(id)).collect()
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut files = Vec::new();
    sources(&root(), &mut files);
    let mut wrong = Vec::new();
    for document_name in ["security.md", "client-compatibility.md", "defects.md"] {
        for (file, name) in named(&document(document_name)) {
            let fits: Vec<_> = files.iter().filter(|path| path.ends_with(&file)).collect();
            let told = match fits.as_slice() {
                [one] => {
                    let source = fs::read_to_string(one).unwrap();
                    if has_test(&source, &name) || is_case(one, &source, &name) {
                        continue;
                    }
                    "has no such test"
                }
                [] => "is no file",
                _ => "is more than one file: write more of its path",
            };
            wrong.push(format!("{document_name}: `{file}::{name}`: the file {told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_requirement_names_a_test_or_says_that_it_is_not_met() {
    let text = document("security.md");
    let is_requirement = |row: &&Vec<&str>| row[0].starts_with('V') && row[0].contains('.');
    let bare = |row: &&Vec<&str>| {
        let last = row.last().unwrap();
        named(last).is_empty() && !["not met", "n/a", "by construction"].iter().any(|word| last.contains(word))
    };
    let rows = rows(&text);
    let requirements: Vec<_> = rows.iter().filter(is_requirement).collect();
    assert!(requirements.len() > 60, "{} requirements", requirements.len());
    let bare: Vec<_> = requirements.into_iter().filter(bare).map(|row| row[0]).collect();
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn every_defect_of_the_first_backend_has_a_row() {
    let text = document("defects.md");
    let missing = lacking(&text, (1..=53).map(|number| format!("D-{number:02}")));
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_call_of_the_web_client_and_every_break_of_the_contract_has_a_row() {
    let text = document("client-compatibility.md");
    let calls = [("A", 10), ("B", 9), ("C", 10), ("D", 5), ("E", 8), ("F", 15), ("G", 6), ("X", 17)];
    let ids = calls.into_iter().flat_map(|(letter, last)| (1..=last).map(move |number| format!("{letter}{number}")));
    let missing = lacking(&text, ids.chain(["8.1".to_owned(), "8.2".to_owned()]));
    assert!(missing.is_empty(), "{missing:?}");
}
