//! A letter as text and as HTML: one form for all of them, checked when the program is built.

use askama::Template;
use designia_core::mail::{Line, MailBody};

/// What a letter says, without its form. Whatever people wrote stands in here as they wrote it; the HTML form escapes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// What its list entry says. Nothing secret: it is kept and logged.
    pub(super) subject: String,
    /// What it begins with.
    pub(super) heading: String,
    /// What there is to say.
    pub(super) paragraphs: Vec<String>,
    /// A code to be typed.
    pub(super) code: Option<String>,
    /// What was bought, for how much.
    pub(super) rows: Vec<Row>,
    /// What there is to do.
    pub(super) action: Option<Action>,
    /// What else there is to know.
    pub(super) notes: Vec<String>,
}

/// Something, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) amount: String,
    pub(super) is_total: bool,
}

/// A page to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) label: &'static str,
    pub(super) url: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'l> {
    content: &'l Content,
    brand: &'l str,
    greeting: &'l str,
    footer: &'l str,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'l> {
    content: &'l Content,
    greeting: &'l str,
    footer: &'l str,
}

/// The letter from this shop to somebody of this name.
///
/// # Errors
/// When a form can't be filled in, which no content can cause.
pub(super) fn body(content: &Content, brand: &str, name: &Line) -> Result<MailBody, askama::Error> {
    let greeting = if name.as_str().is_empty() { "Hello,".to_owned() } else { format!("Hello {name},") };
    let footer = format!("{brand} wrote this by itself. Nobody reads what you answer to it.");
    let (greeting, footer) = (greeting.as_str(), footer.as_str());
    let html = Html { content, brand, greeting, footer }.render()?;
    let text = Text { content, greeting, footer }.render()?;
    Ok(MailBody { text, html })
}
