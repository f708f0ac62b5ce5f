//! Files inside JSON: `data:image/png;base64,…`, as browsers write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The bytes of a data URI, or of plain base64. What the URI says of its type is not believed.
///
/// # Errors
/// The rule that the text breaks.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    let text = text.trim();
    let encoded = match text.strip_prefix("data:") {
        Some(rest) => {
            let (head, encoded) = rest.split_once(',').ok_or("must be a data URI with a comma")?;
            if !head.ends_with(";base64") {
                return Err("must be a data URI in base64");
            }
            encoded
        }
        None => text,
    };
    if encoded.is_empty() {
        return Err("must not be empty");
    }
    STANDARD.decode(encoded).map_err(|_| "must be base64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_text_is_read_and_anything_else_is_refused_by_its_rule() {
        for text in ["data:image/png;base64,AAEC", "AAEC", " data:text/html;charset=x;base64,AAEC\n"] {
            assert_eq!(decode(text), Ok(vec![0, 1, 2]), "{text}");
        }
        for (text, rule) in [
            ("", "must not be empty"),
            ("data:image/png;base64,", "must not be empty"),
            ("data:image/png;base64", "must be a data URI with a comma"),
            ("data:image/svg+xml,<svg/>", "must be a data URI in base64"),
            ("data:image/png;base64,AA\nEC", "must be base64"),
            ("../../etc/passwd", "must be base64"),
        ] {
            assert_eq!(decode(text), Err(rule), "{text}");
        }
    }
}
