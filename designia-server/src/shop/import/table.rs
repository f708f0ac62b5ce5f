//! A table of products as spreadsheets write it: CSV in UTF-8, with names of columns in its first line.

use std::collections::BTreeMap;

use designia_core::catalog::CategoryTree;
use designia_core::money::Currency;
use designia_core::service::catalog::ProductChange;

use crate::api::catalog::ProductBody;
use crate::problem::Problem;

/// Largest file in bytes.
pub(crate) const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Most rows.
const MAX_ROWS: usize = 20_000;

/// The columns that are understood.
pub(crate) const COLUMNS: [&str; 18] = [
    "sku",
    "slug",
    "name",
    "description",
    "short_description",
    "price",
    "currency",
    "original_price",
    "stock_quantity",
    "category",
    "condition",
    "brand",
    "model",
    "weight",
    "colors",
    "tags",
    "materials",
    "is_active",
];

/// A table that was read, whatever its rows say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

/// A row by its columns. Empty cells are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// The line of the file on which it begins, from 1.
    pub(crate) line: u64,
    cells: BTreeMap<String, String>,
}

/// Why a file is no table of products.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TableError {
    /// It is too large.
    #[error("must be at most 10 MB and 20000 rows")]
    TooLarge,
    /// Nothing is in it.
    #[error("must have a line with the names of columns, and rows")]
    Empty,
    /// It is not text.
    #[error("must be CSV in UTF-8: {0}")]
    NotText(String),
    /// A column that nobody knows: its values would be lost without a word.
    #[error("column `{0}` is not understood; known are {known}", known = COLUMNS.join(", "))]
    Unknown(String),
    /// A column twice.
    #[error("column `{0}` is there twice")]
    Twice(String),
}

impl Table {
    /// Reads a file. Cells are parted by commas, or by semicolons if the first line has more of them.
    ///
    /// # Errors
    /// If it is no table, or has columns that are not understood.
    pub(crate) fn read(file: &[u8]) -> Result<Self, TableError> {
        if file.len() > MAX_BYTES {
            return Err(TableError::TooLarge);
        }
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let first = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |separator| first.iter().filter(|byte| **byte == separator).count();
        let separator = if count(b';') > count(b',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(false).from_reader(file);
        let header = reader.headers().map_err(|error| TableError::NotText(error.to_string()))?.clone();
        let mut columns: Vec<String> = Vec::with_capacity(header.len());
        for name in &header {
            let name = name.trim().to_ascii_lowercase();
            if !COLUMNS.contains(&name.as_str()) {
                return Err(TableError::Unknown(name.chars().take(50).collect()));
            }
            if columns.contains(&name) {
                return Err(TableError::Twice(name));
            }
            columns.push(name);
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            if rows.len() == MAX_ROWS {
                return Err(TableError::TooLarge);
            }
            let record = record.map_err(|error| TableError::NotText(error.to_string()))?;
            let line = record.position().map_or(0, |position| first_line(file, position));
            let cells = columns.iter().zip(&record).filter(|(_, cell)| !cell.trim().is_empty());
            let cells = cells.map(|(name, cell)| (name.clone(), cell.trim().to_owned())).collect();
            rows.push(Row { line, cells });
        }
        if rows.is_empty() { Err(TableError::Empty) } else { Ok(Self { rows }) }
    }
}

/// On which line a record begins. The reader tells where it began to look, which may be some empty lines before.
fn first_line(file: &[u8], position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|start| file.get(start..)).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(empty).unwrap_or(0)
}

impl Row {
    /// A cell that is not empty.
    pub(crate) fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str)
    }

    /// What it says of its product. Prices that name no currency are in this one.
    pub(super) fn change(&self, currency: Currency, tree: &CategoryTree) -> Result<ProductChange, Problem> {
        let body = ProductBody::of_cells(|column| self.get(column))?;
        let currency = body.currency(currency)?;
        body.change(currency, tree)
    }
}

/// A list in a cell: parted by vertical bars.
pub(crate) fn list(cell: &str) -> Vec<String> {
    cell.split('|').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_its_columns_and_lines_whatever_spreadsheet_wrote_it() {
        for text in [
            "sku,name,price\nA1,\"Bowl, small\",12.50\n\nA2,Cup,3\n",
            "\u{feff}SKU; Name ;price\r\nA1;\"Bowl, small\";12.50\r\n\r\nA2;Cup;3\r\n",
        ] {
            let table = Table::read(text.as_bytes()).unwrap();
            let rows: Vec<_> = table.rows.iter().map(|row| (row.line, row.get("sku"), row.get("name"))).collect();
            assert_eq!(rows, [(2, Some("A1"), Some("Bowl, small")), (4, Some("A2"), Some("Cup"))]);
        }
    }

    #[test]
    fn what_is_no_table_is_refused_as_a_whole() {
        for (text, told) in [
            (b"".as_slice(), TableError::Empty),
            (b"name,price\n", TableError::Empty),
            (b"name,colour\nA,red\n", TableError::Unknown("colour".to_owned())),
            (b"name,Name\nA,B\n", TableError::Twice("name".to_owned())),
        ] {
            assert_eq!(Table::read(text).unwrap_err(), told);
        }
        assert!(matches!(Table::read(b"name,price\nA\n"), Err(TableError::NotText(_))), "a cell is missing");
        assert!(matches!(Table::read(b"name\n\xff\xfe\n"), Err(TableError::NotText(_))));
        assert_eq!(Table::read(&vec![b'a'; MAX_BYTES + 1]).unwrap_err(), TableError::TooLarge);
    }
}
