//! Forms with files, as browsers send them.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::http::extract::NO_NUL;
use crate::problem::{Code, Problem};

/// Most parts of a form.
const MAX_PARTS: usize = 100;

/// Longest text of a field, in bytes.
const MAX_TEXT: usize = 100_000;

/// A form of texts and files. How large it may be altogether is the route's body limit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// Fields with their texts, in their order.
    pub(crate) texts: Vec<(String, String)>,
    /// Files, in their order.
    pub(crate) files: Vec<FilePart>,
}

/// A file of a form. What its sender calls it and says of its type is not even kept.
#[derive(Clone, Debug)]
pub(crate) struct FilePart {
    /// Of which field.
    pub(crate) field: String,
    /// What is in it.
    pub(crate) content: Vec<u8>,
}

impl Form {
    /// The text of a field; the last one, if there are several.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.texts.iter().rev().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }

    /// The only file of a field.
    pub(crate) fn file(&self, field: &str) -> Result<&FilePart, Problem> {
        let mut files = self.files.iter().filter(|file| file.field == field);
        match (files.next(), files.next()) {
            (Some(file), None) => Ok(file),
            (Some(_), Some(_)) => Err(Problem::field(field, "must be one file")),
            (None, _) => Err(Problem::field(field, "is missing: send it as a file of a form")),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let parts = Multipart::from_request(request, state).await;
        let mut parts = parts.map_err(|_| {
            Problem::new(Code::UnsupportedMediaType, "the body's Content-Type must be multipart/form-data")
        })?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? {
            if form.texts.len() + form.files.len() >= MAX_PARTS {
                return Err(Problem::field("body", format!("must have at most {MAX_PARTS} parts")));
            }
            let field = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let content = part.bytes().await.map_err(|error| unreadable(&error))?;
            if is_file {
                form.files.push(FilePart { field, content: content.into() });
            } else if content.len() > MAX_TEXT {
                return Err(Problem::field(field, format!("must be at most {MAX_TEXT} bytes")));
            } else {
                let text = String::from_utf8(content.into());
                let text = text.map_err(|_| Problem::field(field.clone(), "must be UTF-8"))?;
                if text.contains('\0') {
                    return Err(Problem::field(field, NO_NUL));
                }
                form.texts.push((field, text));
            }
        }
        Ok(form)
    }
}

fn unreadable(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Code::PayloadTooLarge, "the body is larger than this server reads")
        }
        _ => Problem::new(Code::BadRequest, "the body is not a whole multipart/form-data form"),
    }
}
