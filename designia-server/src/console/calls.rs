//! Calls to the outside that are not done: what is under way, and what is in trouble.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::gate::Visitor;
use super::page::{AfterQuery, Frame, ROWS, Section, Trouble, page};
use crate::api::admin::calls::{CallSearch, load_page};
use crate::api::admin::orders::CallRow;
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::Query;

#[derive(Template)]
#[template(path = "console/calls_page.html")]
struct CallsPage<'p> {
    frame: Frame,
    states: [(&'static str, &'static str); 4],
    state: &'p str,
    calls: PageView<CallRow>,
    next: Option<String>,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<CallSearch>,
    Query(AfterQuery { after }): Query<AfterQuery>,
) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Calls, "Outside calls", ports.clock.now());
    let calls = load_page(ports, &search, PageQuery::of(after, ROWS)).await?;
    let states =
        [("unknown", "answer lost"), ("refused", "refused for good"), ("sent", "under way"), ("planned", "not begun")];
    let state = if search.state.is_empty() { "unknown" } else { search.state.as_str() };
    let next = calls.next.as_ref().map(|after| format!("/admin/calls/?state={state}&after={after}"));
    Ok(page(&CallsPage { frame, states, state, calls, next }))
}
