//! What runs here, how it stands, and what the staff did.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::gate::{Act, Visitor};
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, back, next, nothing_done, page};
use crate::api::admin::audit::{self, AuditRow, AuditSearch};
use crate::api::admin::system::{LogBody, System, load, perform_log};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::Query;
use crate::problem::Problem;
use crate::wiring::Level;

const HERE: &str = "/admin/system/";

#[derive(Template)]
#[template(path = "console/system.html")]
struct SystemPage {
    frame: Frame,
    it: System,
}

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage<'p> {
    frame: Frame,
    search: &'p AuditSearch,
    entries: PageView<AuditRow>,
    next: Option<String>,
}

/// What runs here and how it stands.
pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::System, "System", app.engine.ports().clock.now());
    Ok(page(&SystemPage { frame, it: load(&app).await }))
}

/// What is to be logged.
#[derive(Debug, Deserialize)]
pub(super) struct LogForm {
    #[serde(default)]
    filter: String,
    #[serde(default)]
    minutes: String,
}

/// Changes what is logged, for a while.
pub(super) async fn set_log(State(app): State<App>, Act { visitor, form }: Act<LogForm>) -> Result<Response, Trouble> {
    let minutes = Some(form.minutes.trim()).filter(|text| !text.is_empty()).map(str::parse::<u64>).transpose();
    let minutes = minutes.map_err(|_| Problem::field("minutes", "must be a whole number"))?;
    let set = perform_log(&app, &visitor.doer, &LogBody { filter: form.filter, minutes }).await;
    set.map(|it| back(HERE, &format!("This node logs {} now.", it.filter)))
        .or_else(|problem| nothing_done(HERE, problem))
}

/// What the staff did.
pub(super) async fn audit_log(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<AuditSearch>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Audit, "Audit log", app.engine.ports().clock.now());
    let entries = audit::load_page(&app, &search, PageQuery::of(after, ROWS)).await?;
    let given = [
        ("actor", &Some(search.actor.clone())),
        ("area", &Some(search.area.clone())),
        ("kind", &Some(search.kind.clone())),
        ("subject", &Some(search.subject.clone())),
    ];
    let next = next("/admin/audit/", &given, entries.next.as_deref())?;
    Ok(page(&AuditPage { frame, search: &search, entries, next }))
}

impl SystemPage {
    /// A finding in one word, and how the word looks.
    fn finding(&self, level: &Level) -> (&'static str, &'static str) {
        finding(*level)
    }

    fn size(&self, bytes: &u64) -> String {
        size(*bytes)
    }
}

/// A finding in one word, and how the word looks.
const fn finding(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Ok => ("ok", "good"),
        Level::Note => ("note", "wait"),
        Level::Wrong => ("failing", "bad"),
    }
}

/// A size as people read it.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "KiB", "MiB", "GiB"];
    let (mut whole, mut rest, mut unit) = (bytes, 0, 0);
    while whole >= 1_024 && unit + 1 < UNITS.len() {
        rest = whole % 1_024 * 10 / 1_024;
        whole /= 1_024;
        unit += 1;
    }
    if unit == 0 { format!("{whole} B") } else { format!("{whole}.{rest} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_largest_whole_unit() {
        for (bytes, told) in
            [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (5 << 30, "5.0 GiB"), (1 << 50, "1048576.0 GiB")]
        {
            assert_eq!(size(bytes), told);
        }
    }
}
