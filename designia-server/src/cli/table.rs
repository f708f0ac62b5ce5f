//! Tables for people.

/// Rows whose columns stand under each other.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    widths: Vec<usize>,
    /// Whether the heads are still to be told.
    heads_are_due: bool,
}

/// A column whose width can't wait for all rows: that of an id.
const WIDE: usize = 36;
const NARROW: usize = 18;

impl Table {
    pub(super) fn new<S: Into<String>>(heads: impl IntoIterator<Item = S>) -> Self {
        let heads: Vec<String> = heads.into_iter().map(Into::into).collect();
        let widths = heads.iter().map(|head| head.chars().count()).collect();
        Self { rows: vec![heads], widths, heads_are_due: true }
    }

    /// For rows that are printed as they come, which only their heads make wide.
    pub(super) fn streamed(mut self) -> Self {
        for (nth, width) in self.widths.iter_mut().enumerate() {
            *width = (*width).max(if nth == 0 { WIDE } else { NARROW });
        }
        for (width, head) in self.widths.iter_mut().zip(&self.rows[0]) {
            if ["STATE", "TRIES"].contains(&head.as_str()) {
                *width = "PROGRESS".len();
            }
        }
        self
    }

    pub(super) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.chars().count());
        }
        self.rows.push(cells);
    }

    /// One row as it is printed, with the heads before the first.
    pub(super) fn line<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) -> String {
        let cells: Vec<String> = cells.into_iter().map(|cell| cell.as_ref().to_owned()).collect();
        let line = self.aligned(&cells);
        if std::mem::take(&mut self.heads_are_due) { format!("{}\n{line}", self.aligned(&self.rows[0])) } else { line }
    }

    pub(super) fn print(&self) {
        for row in &self.rows {
            println!("{}", self.aligned(row));
        }
    }

    fn aligned(&self, cells: &[String]) -> String {
        let cells = cells.iter().zip(&self.widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// How long ago something was, in two units at most.
pub(super) fn ago(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_no_line_ends_in_blanks() {
        let mut table = Table::new(["A", "LONG"]);
        table.row(["wide", "x"]);
        assert_eq!(table.aligned(&table.rows[0]), "A     LONG");
        assert_eq!(table.aligned(&table.rows[1]), "wide  x");
    }

    #[test]
    fn a_time_is_told_in_the_units_that_matter() {
        assert_eq!([ago(59), ago(61), ago(7_260), ago(90_000)], ["59 s", "1 min 1 s", "2 h 1 min", "1 d 1 h"]);
    }
}
