//! A row of the matrix: an operation, how to ask for it without harm, and what each caller is answered.

use serde_json::Value;

use super::rule::Statuses;

/// One operation of the document.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// As the document writes it.
    pub(super) method: &'static str,
    /// As the document writes it, with names in braces.
    pub(super) path: &'static str,
    /// What stands in the braces: things of the [`World`](super::world::World), in the order of the path.
    pub(super) things: &'static [&'static str],
    pub(super) query: &'static str,
    pub(super) body: Body,
    pub(super) headers: &'static [(&'static str, &'static str)],
    pub(super) expected: Statuses,
}

/// What is sent.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Nothing,
    Json(Value),
    /// A form with this field and no file.
    Form(&'static str, &'static str),
    /// The upgrade to a socket; the expected status is then the code it is closed with, or 101.
    Socket,
}

impl Row {
    /// What the document calls it.
    pub(super) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// About these things.
    pub(super) fn about(self, things: &'static [&'static str]) -> Self {
        Self { things, ..self }
    }

    pub(super) fn query(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    /// With this body, in which `{name}` stands for a thing.
    pub(super) fn json(self, body: Value) -> Self {
        Self { body: Body::Json(body), ..self }
    }

    pub(super) fn form(self, name: &'static str, value: &'static str) -> Self {
        Self { body: Body::Form(name, value), ..self }
    }

    pub(super) fn header(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// An edit of a version that never was: whoever may edit is told so, and nothing changes.
    pub(super) fn of_no_version(self) -> Self {
        self.header(&[("if-match", "\"0\"")])
    }
}

const fn row(method: &'static str, path: &'static str, expected: Statuses) -> Row {
    Row { method, path, things: &[], query: "", body: Body::Nothing, headers: &[], expected }
}

pub(super) const fn get(path: &'static str, expected: Statuses) -> Row {
    row("GET", path, expected)
}

/// With an empty body, unless another follows.
pub(super) fn post(path: &'static str, expected: Statuses) -> Row {
    row("POST", path, expected).json(serde_json::json!({}))
}

pub(super) fn put(path: &'static str, expected: Statuses) -> Row {
    row("PUT", path, expected).json(serde_json::json!({}))
}

pub(super) fn patch(path: &'static str, expected: Statuses) -> Row {
    row("PATCH", path, expected).json(serde_json::json!({}))
}

pub(super) const fn delete(path: &'static str, expected: Statuses) -> Row {
    row("DELETE", path, expected)
}

pub(super) fn socket(path: &'static str, expected: Statuses) -> Row {
    Row { body: Body::Socket, ..row("GET", path, expected) }
}
