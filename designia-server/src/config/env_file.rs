//! The `.env` file: `KEY=VALUE` lines, as shells and container tools write them.
//!
//! The values join the configuration as the layer under the real environment. They are not put into the process
//! environment: changing it is unsafe while other threads may read it, and children have no business with our secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;

/// The values of a `.env` file. Prints the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile(BTreeMap<String, String>);

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// It exists and cannot be read.
    #[error("`.env` cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A line is not `KEY=VALUE`. The line itself is not repeated: it may hold a secret.
    #[error("`.env` line {line}: {rule}")]
    Malformed {
        /// The line's number, from 1.
        line: usize,
        /// What a line has to look like.
        rule: &'static str,
    },
}

impl EnvFile {
    /// Reads the file; a missing one is an empty one.
    ///
    /// # Errors
    ///
    /// When it exists and cannot be read or parsed.
    pub fn read(path: &Path) -> Result<Self, EnvFileError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Parses the text of a `.env` file. Of two lines with the same key the later one counts.
    ///
    /// # Errors
    ///
    /// When a line is not empty, a comment or `KEY=VALUE`.
    pub fn parse(text: &str) -> Result<Self, EnvFileError> {
        let mut values = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let malformed = |rule| EnvFileError::Malformed { line: index + 1, rule };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (key, value) = line.split_once('=').ok_or_else(|| malformed("expected KEY=VALUE"))?;
            let key = key.trim_end();
            if !is_name(key) {
                return Err(malformed("a key is letters, digits and underscores, and starts with no digit"));
            }
            values.insert(key.to_owned(), parse_value(value.trim()).map_err(malformed)?);
        }
        Ok(Self(values))
    }

    /// The value of this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The keys, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parse_value(text: &str) -> Result<String, &'static str> {
    if let Some(rest) = text.strip_prefix('\'') {
        let (value, after) = rest.split_once('\'').ok_or("a single quote is not closed")?;
        return only_comment(after).map(|()| value.to_owned());
    }
    if let Some(rest) = text.strip_prefix('"') {
        return parse_double_quoted(rest);
    }
    // `#` starts a comment only after a space: it is a legal character of URLs and passwords.
    let value = text.find(" #").or_else(|| text.find("\t#")).map_or(text, |at| &text[..at]);
    if value.starts_with('#') {
        return Ok(String::new());
    }
    Ok(value.trim_end().to_owned())
}

fn parse_double_quoted(text: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return only_comment(characters.as_str()).map(|()| value),
            '\\' => match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(escaped @ ('"' | '\\' | '$')) => value.push(escaped),
                _ => return Err(r#"after a backslash only n, t, $, " and \ may stand"#),
            },
            other => value.push(other),
        }
    }
    Err("a double quote is not closed")
}

fn only_comment(after: &str) -> Result<(), &'static str> {
    let after = after.trim_start();
    if after.is_empty() || after.starts_with('#') { Ok(()) } else { Err("text follows the closing quote") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_comments_and_export_are_understood() {
        let file = EnvFile::parse(
            "# a comment\n\nBIND=127.0.0.1:1\nexport A = spaced # told\nB='lit # eral\\n' # c\nC=\"two\\nlines \\\"q\\\"\"\nD=\nE=pass#word\nF=a=b\nG= # nothing\nA=later\n",
        )
        .unwrap();
        let value = |key| file.get(key);
        assert_eq!(value("BIND"), Some("127.0.0.1:1"));
        assert_eq!(value("A"), Some("later"));
        assert_eq!(value("B"), Some("lit # eral\\n"));
        assert_eq!(value("C"), Some("two\nlines \"q\""));
        assert_eq!(value("D"), Some(""));
        assert_eq!(value("E"), Some("pass#word"));
        assert_eq!(value("F"), Some("a=b"));
        assert_eq!(value("G"), Some(""));
        assert_eq!(value("H"), None);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_repeated() {
        for (text, line) in [
            ("A=1\nsecret", 2),
            ("1A=secret", 1),
            ("A='secret", 1),
            ("A=\"secret", 1),
            ("A='s' secret", 1),
            ("A=\"\\secret\"", 1),
        ] {
            let error = EnvFile::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`.env` line {line}: ")), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn printing_it_shows_names_only() {
        let file = EnvFile::parse("JWT_SECRET=hush").unwrap();
        assert_eq!(format!("{file:?}"), r#"{"JWT_SECRET"}"#);
    }
}
