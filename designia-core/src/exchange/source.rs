//! Who published a rate.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The publisher of rates, as named in every answer that used them. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    name: Arc<str>,
    #[serde(default)]
    bundled: bool,
}

impl Source {
    /// A publisher that was asked.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), bundled: false }
    }

    /// A snapshot that came with the program and nobody was asked about.
    #[must_use]
    pub fn bundled(name: &str) -> Self {
        Self { name: name.into(), bundled: true }
    }

    /// The publisher's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the rates came with the program.
    #[must_use]
    pub const fn is_bundled(&self) -> bool {
        self.bundled
    }
}

impl fmt::Display for Source {
    /// `ecb`, or `ecb (bundled snapshot)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.bundled { f.write_str(" (bundled snapshot)") } else { Ok(()) }
    }
}
