//! What each endpoint accepts, as data, and one checker for all of them.
//!
//! A parameter that Stripe does not know is refused, and so is one that Stripe knows and the sandbox does not imitate: to
//! take it and do nothing would let a test pass that the real thing fails.

use crate::error::ApiError;
use crate::form::{Fields, Node};

/// A parameter of an endpoint.
#[derive(Debug)]
pub(crate) struct Param {
    name: &'static str,
    kind: Kind,
    required: bool,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Up to so many characters.
    Text(usize),
    Int,
    Bool,
    /// A timestamp, or a hash of bounds.
    Created,
    OneOf(&'static [&'static str]),
    List(&'static Kind),
    Hash(&'static [Param]),
    Metadata,
    Url,
    Email,
}

impl Param {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Parameters of every list endpoint.
pub(crate) const PAGE: &[Param] = &[
    Param::new("limit", Kind::Int),
    Param::new("starting_after", Kind::Text(255)),
    Param::new("ending_before", Kind::Text(255)),
    Param::new("created", Kind::Created),
];

const EXPAND: &[Param] = &[Param::new("expand", Kind::List(&Kind::Text(500)))];

const BOUNDS: &[Param] = &[
    Param::new("gt", Kind::Int),
    Param::new("gte", Kind::Int),
    Param::new("lt", Kind::Int),
    Param::new("lte", Kind::Int),
];

/// Checks a whole request against the tables of its endpoint.
pub(crate) fn check(fields: &Fields<'_>, tables: &[&[Param]]) -> Result<(), ApiError> {
    let known: Vec<&Param> = tables.iter().copied().chain([EXPAND]).flatten().collect();
    check_hash(fields, &known)
}

fn check_hash(fields: &Fields<'_>, known: &[&Param]) -> Result<(), ApiError> {
    for (name, node) in fields.children() {
        let path = fields.path(name);
        let Some(param) = known.iter().find(|param| param.name == name) else {
            let message =
                format!("Received unknown parameter: {path}. (The sandbox refuses what it does not imitate.)");
            return Err(ApiError::invalid(message, path).code("parameter_unknown"));
        };
        check_node(&path, node, &param.kind)?;
    }
    match known.iter().find(|param| param.required && fields.node(param.name).is_none()) {
        Some(param) => Err(ApiError::missing_param(&fields.path(param.name))),
        None => Ok(()),
    }
}

fn check_node(path: &str, node: &Node, kind: &Kind) -> Result<(), ApiError> {
    match (kind, node) {
        (Kind::Created, Node::Text(text)) => int(path, text).map(drop),
        (Kind::Created, Node::Branch(children)) => {
            check_hash(&Fields::at(children, path.to_owned()), &BOUNDS.iter().collect::<Vec<_>>())
        }
        (Kind::Hash(table), Node::Branch(children)) => {
            check_hash(&Fields::at(children, path.to_owned()), &table.iter().collect::<Vec<_>>())
        }
        (Kind::List(item), Node::Branch(children)) => {
            children.iter().try_for_each(|(index, node)| match index.parse::<usize>() {
                Ok(_) => check_node(&format!("{path}[{index}]"), node, item),
                Err(_) => Err(ApiError::invalid(format!("Invalid array: {path}"), path)),
            })
        }
        (Kind::Metadata, Node::Branch(children)) => check_metadata(path, children),
        // An empty text clears a hash or a list.
        (Kind::Metadata | Kind::List(_) | Kind::Hash(_), Node::Text(text)) if text.is_empty() => Ok(()),
        (Kind::Metadata | Kind::Hash(_), Node::Text(_)) => Err(ApiError::invalid(format!("Invalid object: {path}"), path)),
        (Kind::List(_), Node::Text(_)) => Err(ApiError::invalid(format!("Invalid array: {path}"), path)),
        (_, Node::Branch(_)) => Err(ApiError::invalid(format!("Invalid string: {path}"), path)),
        (_, Node::Text(text)) if text.is_empty() => Err(ApiError::invalid(
            format!(
                "You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; however '{path}' cannot be unset. You should remove '{path}' from your request or supply a non-empty value."
            ),
            path,
        )
        .code("parameter_invalid_empty")),
        (Kind::Text(longest), Node::Text(text)) => length(path, text, *longest),
        (Kind::Int, Node::Text(text)) => int(path, text).map(drop),
        (Kind::Bool, Node::Text(text)) if text == "true" || text == "false" => Ok(()),
        (Kind::Bool, Node::Text(text)) => Err(ApiError::invalid(format!("Invalid boolean: {text}"), path)),
        (Kind::OneOf(values), Node::Text(text)) if values.contains(&text.as_str()) => Ok(()),
        (Kind::OneOf(values), Node::Text(_)) => {
            let leaf = path.rsplit('[').next().unwrap_or(path).trim_end_matches(']');
            Err(ApiError::invalid(format!("Invalid {leaf}: must be one of {}", values.join(", ")), path))
        }
        (Kind::Url, Node::Text(text)) => url(path, text),
        (Kind::Email, Node::Text(text)) => email(path, text),
    }
}

fn length(path: &str, text: &str, longest: usize) -> Result<(), ApiError> {
    let count = text.chars().count();
    if count <= longest {
        return Ok(());
    }
    let message = format!("Invalid string: {path} must be at most {longest} characters; yours has {count}");
    Err(ApiError::invalid(message, path))
}

fn int(path: &str, text: &str) -> Result<i64, ApiError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| plain)
        .ok_or_else(|| ApiError::invalid(format!("Invalid integer: {text}"), path).code("parameter_invalid_integer"))
}

fn url(path: &str, text: &str) -> Result<(), ApiError> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace) => {
            length(path, text, 5_000)
        }
        Some(_) | None => Err(ApiError::invalid("Not a valid URL", path).code("url_invalid")),
    }
}

fn email(path: &str, text: &str) -> Result<(), ApiError> {
    let valid = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    });
    if valid && text.len() <= 800 {
        return Ok(());
    }
    Err(ApiError::invalid(format!("Invalid email address: {text}"), path).code("email_invalid"))
}

fn check_metadata(path: &str, children: &[(String, Node)]) -> Result<(), ApiError> {
    if children.len() > 50 {
        return Err(ApiError::invalid("You can only have 50 metadata keys.", path));
    }
    for (key, node) in children {
        let at = format!("{path}[{key}]");
        if key.chars().count() > 40 {
            let message = format!("Metadata keys must be at most 40 characters long. You supplied the key '{key}'.");
            return Err(ApiError::invalid(message, at));
        }
        match node {
            Node::Text(value) if value.chars().count() <= 500 => {}
            Node::Text(_) => {
                let message = format!(
                    "Metadata values can have up to 500 characters, but you passed in a value that is longer for the key '{key}'."
                );
                return Err(ApiError::invalid(message, at));
            }
            Node::Branch(_) => return Err(ApiError::invalid("Metadata values must be strings.", at)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Form;

    const TABLE: &[Param] = &[
        Param::new("amount", Kind::Int).required(),
        Param::new("inner", Kind::Hash(&[Param::new("flag", Kind::Bool)])),
        Param::new("metadata", Kind::Metadata),
        Param::new("mode", Kind::OneOf(&["payment", "setup"])),
    ];

    fn code(form: &str) -> Option<&'static str> {
        let form = Form::parse(form.as_bytes()).unwrap();
        check(&form.root(), &[TABLE]).err().map(|error| error.code_name())
    }

    #[test]
    fn a_request_is_checked_against_its_table() {
        for (form, expected) in [
            ("amount=1&inner[flag]=true&expand[0]=x&metadata[k]=v&mode=setup", None),
            ("amount=-5", None),
            ("", Some("parameter_missing")),
            ("amount=1&bogus=1", Some("parameter_unknown")),
            ("amount=1&inner[bogus]=1", Some("parameter_unknown")),
            ("amount=1.5", Some("parameter_invalid_integer")),
            ("amount=+1", Some("parameter_invalid_integer")),
            ("amount=", Some("parameter_invalid_empty")),
            ("amount=99999999999999999999", Some("parameter_invalid_integer")),
            ("amount=1&inner[flag]=yes", Some("invalid_request_error")),
            ("amount=1&inner=x", Some("invalid_request_error")),
            ("amount=1&mode=pay", Some("invalid_request_error")),
            ("amount[x]=1", Some("invalid_request_error")),
            ("amount=1&metadata[k][j]=v", Some("invalid_request_error")),
        ] {
            assert_eq!(code(form), expected, "{form}");
        }
    }

    #[test]
    fn metadata_has_limits() {
        let many: String = (0..51).map(|n| format!("&metadata[k{n}]=v")).collect();
        let long_key = format!("&metadata[{}]=v", "k".repeat(41));
        let long_value = format!("&metadata[k]={}", "v".repeat(501));
        for metadata in [many, long_key, long_value] {
            assert!(code(&format!("amount=1{metadata}")).is_some());
        }
    }
}
