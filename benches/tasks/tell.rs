//! How figures are told: a line for each, the same for people and for programs.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

pub(crate) struct Lines {
    json: Option<File>,
}

impl Lines {
    pub(crate) fn to(json: Option<&Path>) -> Self {
        Self { json: json.map(|path| File::create(path).expect("the file can be written")) }
    }

    pub(crate) fn tell(&mut self, contestant: &str, measure: &str, value: f64, unit: &str, notes: &str) {
        let digits = usize::from(value < 100.0) + usize::from(value < 10.0);
        let value = format!("{value:.digits$}");
        println!("{contestant} | {measure} | {value} | {unit} | {notes}");
        if let Some(file) = &mut self.json {
            let line = serde_json::json!({
                "contestant": contestant, "measure": measure, "value": value, "unit": unit, "notes": notes,
            });
            writeln!(file, "{line}").unwrap();
        }
    }
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// All of them, for the notes.
pub(crate) fn rounds(values: &[f64]) -> String {
    let all: Vec<String> = values.iter().map(|value| format!("{value:.0}")).collect();
    format!("median of {}", all.join(", "))
}

pub(crate) fn per_second(done: usize, took: Duration) -> f64 {
    done as f64 / took.as_secs_f64()
}

pub(crate) fn micros_each(spent: Duration, done: usize) -> f64 {
    spent.as_secs_f64() * 1e6 / done as f64
}
