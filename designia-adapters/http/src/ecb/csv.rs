//! Days of rates from the bank's CSV, which quotes nothing and ends each line with a comma.

use designia_core::money::Currency;

use super::{Day, date};
use crate::{RatesError, decimal};

const FORMAT: &str = "ECB CSV";

/// Every line with its rates, in the order of the document.
pub(super) fn days(document: &[u8]) -> Result<Vec<Day>, RatesError> {
    let text = std::str::from_utf8(document).map_err(|error| RatesError::malformed(FORMAT, &error))?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = lines.next().and_then(|line| line.trim_start_matches('\u{feff}').strip_prefix("Date,"));
    let Some(header) = header else {
        return Err(RatesError::malformed(FORMAT, &"it does not begin with `Date,`"));
    };
    let columns: Vec<Option<Currency>> = header.split(',').map(|code| code.trim().parse().ok()).collect();
    lines.map(|line| day(&columns, line)).collect()
}

fn day(columns: &[Option<Currency>], line: &str) -> Result<Day, RatesError> {
    let mut fields = line.split(',').map(str::trim);
    let day = date(fields.next().unwrap_or_default())?;
    let fields: Vec<&str> = fields.collect();
    if fields.len() != columns.len() {
        let reason = format!("{day} has {} columns, the header {}", fields.len(), columns.len());
        return Err(RatesError::malformed(FORMAT, &reason));
    }
    let rates = columns
        .iter()
        .zip(fields)
        .filter_map(|(column, field)| Some(((*column)?, field)))
        .filter(|(_, field)| *field != "N/A")
        .map(|(currency, field)| Ok((currency, decimal::rate(currency, field)?)))
        .collect::<Result<_, RatesError>>()?;
    Ok((day, rates))
}
