//! Which of Celery's tasks are taken over, and how their arguments are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use designia_core::task::Kind;
use serde_json::value::{RawValue, to_raw_value};

use super::envelope::{Args, Kwargs};

/// Which of Celery's tasks are taken over, by the name that they have there.
#[derive(Clone, Debug, Default)]
pub struct CeleryKinds {
    by_name: BTreeMap<String, TakenOver>,
}

/// How the arguments of a Celery task become those of a handler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CeleryArgs {
    /// Arguments by name only, as the handler's struct has them. A task with positional arguments is refused.
    #[default]
    Named,
    /// Positional arguments have these names, in this order: the signature of the Python function, without a bound `self`.
    Signature(Vec<String>),
    /// The handler takes an array: the positional arguments. A task with arguments by name is refused.
    List,
}

#[derive(Clone, Debug)]
pub(super) struct TakenOver {
    pub(super) kind: Arc<Kind>,
    args: CeleryArgs,
}

impl CeleryKinds {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over the task that Celery knows by this name, such as `marketplace.tasks.update_rates`.
    #[must_use]
    pub fn take(mut self, name: impl Into<String>, kind: impl Into<Arc<Kind>>, args: CeleryArgs) -> Self {
        self.by_name.insert(name.into(), TakenOver { kind: kind.into(), args });
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&TakenOver> {
        self.by_name.get(name)
    }
}

impl CeleryArgs {
    /// The parameters of a Python function, by name.
    pub fn signature<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        Self::Signature(names.into_iter().map(Into::into).collect())
    }
}

impl TakenOver {
    /// The handler's arguments.
    ///
    /// # Errors
    /// Why these are none, in the manner of Python's `TypeError`.
    pub(super) fn args(&self, args: Args, mut kwargs: Kwargs) -> Result<Box<RawValue>, String> {
        let raw = match &self.args {
            CeleryArgs::Named if !args.is_empty() => {
                return Err(format!("{} positional arguments, but this task takes named ones only", args.len()));
            }
            CeleryArgs::List if !kwargs.is_empty() => {
                let names: Vec<&str> = kwargs.keys().map(String::as_str).collect();
                return Err(format!(
                    "named arguments ({}), but this task takes positional ones only",
                    names.join(", ")
                ));
            }
            CeleryArgs::Signature(names) if names.len() < args.len() => {
                return Err(format!("{} positional arguments, but this task takes {}", args.len(), names.len()));
            }
            CeleryArgs::List => to_raw_value(&args),
            CeleryArgs::Named => to_raw_value(&kwargs),
            CeleryArgs::Signature(names) => {
                for (name, value) in names.iter().zip(args) {
                    if kwargs.insert(name.clone(), value).is_some() {
                        return Err(format!("two values for the argument `{name}`"));
                    }
                }
                to_raw_value(&kwargs)
            }
        };
        raw.map_err(|error| format!("arguments: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(how: CeleryArgs, args: &str, kwargs: &str) -> Result<String, String> {
        let kind = Kind::new("a".parse().unwrap(), "q".parse().unwrap());
        let taken = TakenOver { kind: Arc::new(kind), args: how };
        let read = taken.args(serde_json::from_str(args).unwrap(), serde_json::from_str(kwargs).unwrap());
        read.map(|it| it.get().to_owned())
    }

    #[test]
    fn named_arguments_are_the_fields_of_the_handlers_struct() {
        assert_eq!(read(CeleryArgs::Named, "[]", r#"{"a": 1.50}"#).unwrap(), r#"{"a":1.50}"#);
        assert_eq!(read(CeleryArgs::Named, "[]", "{}").unwrap(), "{}");
    }

    #[test]
    fn a_positional_argument_is_never_guessed_to_be_a_field() {
        assert!(read(CeleryArgs::Named, "[1, 2]", "{}").unwrap_err().contains("2 positional arguments"));
    }

    #[test]
    fn a_signature_names_positional_arguments_as_python_would() {
        let signature = || CeleryArgs::signature(["order_id", "reason"]);
        assert_eq!(
            read(signature(), r#"["7"]"#, r#"{"reason": "late"}"#).unwrap(),
            r#"{"order_id":"7","reason":"late"}"#
        );
        assert!(read(signature(), "[1, 2, 3]", "{}").unwrap_err().contains("takes 2"));
        assert!(read(signature(), "[1]", r#"{"order_id": 2}"#).unwrap_err().contains("two values"));
    }

    #[test]
    fn a_handler_of_an_array_gets_the_positional_arguments() {
        assert_eq!(read(CeleryArgs::List, "[1, [2]]", "{}").unwrap(), "[1,[2]]");
        assert!(read(CeleryArgs::List, "[]", r#"{"a": 1}"#).unwrap_err().contains("(a)"));
    }
}
