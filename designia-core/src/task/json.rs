//! A JSON value kept as its text: arguments and results, which pass through the queue unread.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON value, as its text. Equal if the text is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Arc<str>);

impl Json {
    /// A value's JSON.
    ///
    /// # Errors
    /// If the value has no JSON form, such as a map whose keys are not text.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(text.into()))
    }

    /// The JSON value `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The JSON value in this text.
    ///
    /// # Errors
    /// If it is none, saying where.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(|value| Self(value.get().into()))
    }

    /// The value, read.
    ///
    /// # Errors
    /// If it is not such a value, naming the field.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The same value with what stands under these names, at any depth, replaced by `"…"`.
    #[must_use]
    pub fn without(&self, secrets: &[&str]) -> Self {
        fn hide(value: &mut Value, secrets: &[&str]) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        if secrets.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                            *value = Value::from("…");
                        } else {
                            hide(value, secrets);
                        }
                    }
                }
                Value::Array(values) => values.iter_mut().for_each(|value| hide(value, secrets)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        // What holds none of the names stays as it was written, whatever its numbers look like.
        let lowercase = self.0.to_ascii_lowercase();
        if !secrets.iter().any(|secret| lowercase.contains(&secret.to_ascii_lowercase())) {
            return self.clone();
        }
        let Ok(mut value) = serde_json::from_str::<Value>(&self.0) else { return Self::null() };
        hide(&mut value, secrets);
        Self(value.to_string().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    /// Its length: the value may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.0.len())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|raw| Self(raw.get().into()))
    }
}
