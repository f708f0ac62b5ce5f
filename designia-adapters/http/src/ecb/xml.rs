//! Days of rates from the bank's XML.

use designia_core::money::Currency;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Day, date};
use crate::{RatesError, decimal};

const FORMAT: &str = "ECB XML";

/// Every `Cube[@time]` with its `Cube[@currency, @rate]`, in the order of the document.
pub(super) fn days(document: &[u8]) -> Result<Vec<Day>, RatesError> {
    let text = std::str::from_utf8(document).map_err(|error| RatesError::malformed(FORMAT, &error))?;
    let mut reader = Reader::from_str(text);
    let mut days = Vec::new();
    let (mut depth, mut has_root) = (0_usize, false);
    loop {
        match reader.read_event().map_err(|error| RatesError::malformed(FORMAT, &error))? {
            Event::Start(element) => {
                check_root(&element, &mut has_root)?;
                read_cube(&element, &mut days)?;
                depth += 1;
            }
            Event::Empty(element) => {
                check_root(&element, &mut has_root)?;
                read_cube(&element, &mut days)?;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 || !has_root => return Err(RatesError::malformed(FORMAT, &"it is cut off")),
            Event::Eof => return Ok(days),
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// Tells the bank's document from a web page that says why there is none today.
fn check_root(element: &BytesStart<'_>, has_root: &mut bool) -> Result<(), RatesError> {
    if !*has_root && element.local_name().as_ref() != "Envelope" {
        let reason = format!("the document is `{}`", element.name().as_ref());
        return Err(RatesError::malformed(FORMAT, &reason));
    }
    *has_root = true;
    Ok(())
}

fn read_cube(element: &BytesStart<'_>, days: &mut Vec<Day>) -> Result<(), RatesError> {
    if element.local_name().as_ref() != "Cube" {
        return Ok(());
    }
    let attribute = |name| {
        let found = element.try_get_attribute(name).map_err(|error| RatesError::malformed(FORMAT, &error))?;
        Ok::<_, RatesError>(found.map(|attribute| attribute.value))
    };
    match (attribute("time")?, attribute("currency")?, attribute("rate")?) {
        (None, None, None) => {}
        (Some(day), None, None) => days.push((date(&day)?, Vec::new())),
        (None, Some(code), Some(rate)) => {
            let Some((_, rates)) = days.last_mut() else {
                return Err(RatesError::malformed(FORMAT, &format!("the rate of {code} belongs to no day")));
            };
            if let Ok(currency) = code.parse::<Currency>() {
                rates.push((currency, decimal::rate(currency, &rate)?));
            }
        }
        _ => return Err(RatesError::malformed(FORMAT, &format!("`{}` is no rate", element.attributes_raw().trim()))),
    }
    Ok(())
}
