//! The provider's events: as they came, what was done with them, and folding them again, one or many.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::gate::{Act, Visitor};
use super::log_in::Nothing;
use super::page::{Frame, ROWS, Section, Trouble, back, nothing_done, page};
use crate::api::admin::webhooks::{
    DeadCauseView, ReplayView, WebhookDetail, WebhookRow, WebhookSearch, load, load_causes, load_page, perform_replay,
    perform_replay_all, preview,
};
use crate::api::paging::{PageQuery, PageView};
use crate::app::App;
use crate::http::extract::{Path, Query};
use crate::problem::{Code, Problem};

const HERE: &str = "/admin/webhooks/";

#[derive(Template)]
#[template(path = "console/webhooks.html")]
struct WebhooksPage<'p> {
    frame: Frame,
    states: [&'static str; 3],
    search: &'p WebhookSearch,
    causes: Vec<DeadCauseView>,
    events: PageView<WebhookRow>,
    next: Option<String>,
    wrong: Option<&'p str>,
    /// What a replay of all that fit would take, if somebody wants to know.
    replay: Option<ReplayView>,
}

#[derive(Template)]
#[template(path = "console/webhook.html")]
struct WebhookPage {
    frame: Frame,
    it: WebhookDetail,
}

/// Where the page begins, and what else is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct MoreQuery {
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    preview: Option<String>,
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(search): Query<WebhookSearch>,
    Query(more): Query<MoreQuery>,
) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let frame = Frame::new(&visitor, Section::Webhooks, "Webhooks", ports.clock.now());
    let (events, mut wrong) = match load_page(ports, &search, PageQuery::of(more.after, ROWS)).await {
        Ok(events) => (events, None),
        Err(problem) if problem.code() == Code::InvalidField => (PageView::empty(ROWS), Some(problem)),
        Err(problem) => return Err(problem.into()),
    };
    let replay = match more.preview.is_some() {
        true => preview(ports, &search).await.map_err(|problem| wrong = Some(problem)).ok(),
        false => None,
    };
    let query = serde_urlencoded::to_string(&search).map_err(Problem::internal)?;
    let next = events.next.as_ref().map(|after| format!("{HERE}?{query}&after={after}"));
    let causes = load_causes(ports).await?;
    let (states, wrong) = (["waiting", "folded", "dead"], wrong.as_ref().map(Problem::detail));
    Ok(page(&WebhooksPage { frame, states, search: &search, causes, events, next, wrong, replay }))
}

/// One event.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let ports = app.engine.ports();
    let it = load(ports, &id).await?;
    let frame = Frame::new(&visitor, Section::Webhooks, format!("Event {id}"), ports.clock.now());
    Ok(page(&WebhookPage { frame, it }))
}

/// Lets one be folded again.
pub(super) async fn replay(
    State(app): State<App>,
    Path(id): Path<String>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let query = serde_urlencoded::to_string([("", &id)]).map_err(Problem::internal)?;
    let here = format!("{HERE}{}/", query.trim_start_matches('='));
    let replayed = perform_replay(&app, &visitor.doer, &id).await;
    replayed
        .map(|()| back(&here, "The event waits to be folded again."))
        .or_else(|problem| nothing_done(&here, problem))
}

/// Lets all that fit be folded again.
pub(super) async fn replay_all(
    State(app): State<App>,
    Act { visitor, form }: Act<WebhookSearch>,
) -> Result<Response, Trouble> {
    let replayed = perform_replay_all(&app, &visitor.doer, &form).await;
    let told = |it: ReplayView| {
        let rest = if it.more { " There are more: repeat it when these are folded." } else { "" };
        format!("{} events wait to be folded again.{rest}", it.replayed)
    };
    replayed.map(|it| back(HERE, &told(it))).or_else(|problem| nothing_done(HERE, problem))
}
