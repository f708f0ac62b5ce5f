//! The provider's events as they came in: what they say, what was done with them, and folding them again.

use axum::Json;
use axum::extract::State;
use designia_core::ports::{Cursor, InboxFilter, InboxRecord, InboxState, PageRequest, Ports};
use designia_core::time::DAY;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ListView;
use crate::api::fields::{day, given};
use crate::api::paging::{PageQuery, PageView};
use crate::api::view::when::When;
use crate::app::App;
use crate::audit::{Deed, Doer};
use crate::http::auth::Staff;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Code, Problem, ProblemBody};

/// Causes of dead events that are told apart.
const CAUSES: u32 = 50;

/// Events that one replay puts back at most.
const MOST_REPLAYED: u32 = 1_000;

/// Bodies that are shown whole.
const LONGEST_BODY: usize = 256 * 1024;

/// Which events.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct WebhookSearch {
    /// Only events in this state: `waiting`, `folded` or `dead`.
    #[param(example = "dead")]
    #[serde(default)]
    pub(crate) state: String,
    /// Only events of this type.
    #[param(example = "checkout.session.completed")]
    #[serde(default)]
    pub(crate) kind: String,
    /// Came in on this day or later, in UTC.
    #[param(example = "2026-11-01")]
    #[serde(default)]
    pub(crate) from: String,
    /// Came in on this day or earlier, in UTC.
    #[param(example = "2026-11-30")]
    #[serde(default)]
    pub(crate) to: String,
}

/// An event of the provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookRow {
    #[schema(example = "evt_1PqT")]
    pub(crate) id: String,
    #[schema(example = "checkout.session.completed")]
    pub(crate) kind: String,
    #[schema(example = "folded")]
    pub(crate) state: &'static str,
    pub(crate) received_at: When,
    /// How often it was taken up.
    pub(crate) claims: u32,
    /// When it is next taken up, while it waits.
    pub(crate) due_at: Option<When>,
    pub(crate) note: Option<String>,
    /// The order that it changed.
    pub(crate) order_id: Option<Uuid>,
}

/// An event with what it says and what was done with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDetail {
    #[serde(flatten)]
    pub(crate) event: WebhookRow,
    /// What was done with it, the oldest first.
    pub(crate) log: Vec<WebhookStep>,
    /// The provider's signature as it came; absent for an event that was fetched and not sent.
    pub(crate) signature: Option<String>,
    /// The body as it came, if it is text.
    pub(crate) body: String,
}

/// Something that was done with an event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookStep {
    pub(crate) at: When,
    #[schema(example = "folded")]
    pub(crate) what: &'static str,
    pub(crate) note: Option<String>,
}

/// Dead events with one cause.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeadCauseView {
    pub(crate) kind: String,
    /// Why they can't be folded.
    pub(crate) note: String,
    pub(crate) events: u64,
    pub(crate) oldest: When,
    pub(crate) newest: When,
}

/// Which events are folded again: all that fit, the latest first, up to a thousand.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayBody {
    /// Which events.
    #[serde(default)]
    #[schema(inline)]
    pub(crate) search: WebhookSearch,
    /// Only say how many they are.
    #[serde(default)]
    pub(crate) preview: bool,
}

/// What a replay comes to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReplayView {
    /// How many events fit.
    pub(crate) events: u64,
    /// How many of them wait to be folded again now.
    pub(crate) replayed: u64,
    /// Whether there are more than one replay takes.
    pub(crate) more: bool,
    /// The types among them, each with how many.
    pub(crate) kinds: Vec<(String, u64)>,
}

/// Events of the provider, the latest first.
#[utoipa::path(get, path = "/api/admin/webhooks/", tag = "admin", params(WebhookSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<WebhookRow>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    _: Staff,
    Query(search): Query<WebhookSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<WebhookRow>>, Problem> {
    load_page(&ports, &search, query).await.map(Json)
}

/// One event, with what it says and what was done with it.
#[utoipa::path(get, path = "/api/admin/webhooks/{id}/", tag = "admin", security(("token" = [])),
    params(("id" = String, Path, description = "The provider's id of the event", example = "evt_1PqT")),
    responses((status = 200, body = WebhookDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(ports): State<Ports>,
    _: Staff,
    Path(id): Path<String>,
) -> Result<Json<WebhookDetail>, Problem> {
    load(&ports, &id).await.map(Json)
}

/// Dead events by their cause.
#[utoipa::path(get, path = "/api/admin/webhooks/causes/", tag = "admin", security(("token" = [])),
    responses((status = 200, body = ListView<DeadCauseView>), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn causes(State(ports): State<Ports>, _: Staff) -> Result<Json<ListView<DeadCauseView>>, Problem> {
    Ok(Json(ListView::of(load_causes(&ports).await?)))
}

/// Lets one event be folded again. Folding it twice changes nothing twice.
#[utoipa::path(post, path = "/api/admin/webhooks/{id}/replay/", tag = "admin", security(("token" = [])),
    params(("id" = String, Path, description = "The provider's id of the event", example = "evt_1PqT")),
    responses((status = 200, body = WebhookDetail), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn replay(
    State(app): State<App>,
    doer: Doer,
    Path(id): Path<String>,
) -> Result<Json<WebhookDetail>, Problem> {
    perform_replay(&app, &doer, &id).await?;
    load(app.engine.ports(), &id).await.map(Json)
}

/// Lets all events that fit be folded again; or, with `preview`, says how many they are.
#[utoipa::path(post, path = "/api/admin/webhooks/replay/", tag = "admin", security(("token" = [])), request_body = ReplayBody,
    responses((status = 200, body = ReplayView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn replay_all(
    State(app): State<App>,
    doer: Doer,
    JsonBody(body): JsonBody<ReplayBody>,
) -> Result<Json<ReplayView>, Problem> {
    if body.preview {
        return preview(app.engine.ports(), &body.search).await.map(Json);
    }
    perform_replay_all(&app, &doer, &body.search).await.map(Json)
}

/// A page of events.
pub(crate) async fn load_page(
    ports: &Ports,
    search: &WebhookSearch,
    query: PageQuery,
) -> Result<PageView<WebhookRow>, Problem> {
    let (after, size) = query.onward()?;
    let after = after.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|error| Problem::field("after", error.to_string()))?;
    let page = ports.inbox.events(&search.filter()?, PageRequest { after, limit: size }).await?;
    let rows = page.rows.into_iter().map(WebhookRow::of).collect();
    Ok(PageView::cut(rows, size, page.next.as_ref().map(Cursor::to_string)))
}

/// One event.
pub(crate) async fn load(ports: &Ports, id: &str) -> Result<WebhookDetail, Problem> {
    let record = ports.inbox.event(id).await?.ok_or_else(|| Problem::not_found("event"))?;
    let log = record.log.iter().map(|step| WebhookStep {
        at: When(step.at),
        what: step.what.as_str(),
        note: step.note.clone(),
    });
    let (log, signature) = (log.collect(), record.event.signature.clone());
    let body = String::from_utf8_lossy(record.event.body.get(..LONGEST_BODY).unwrap_or(&record.event.body));
    let body = indented(&body).unwrap_or_else(|| body.into_owned());
    Ok(WebhookDetail { log, signature, body, event: WebhookRow::of(record) })
}

/// JSON as a person can read it.
fn indented(body: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(body).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

/// Dead events by their cause.
pub(crate) async fn load_causes(ports: &Ports) -> Result<Vec<DeadCauseView>, Problem> {
    let causes = ports.inbox.dead_causes(CAUSES).await?;
    let view = |cause: designia_core::ports::DeadCause| DeadCauseView {
        kind: cause.kind,
        note: cause.note.unwrap_or_default(),
        events: cause.events,
        oldest: When(cause.oldest),
        newest: When(cause.newest),
    };
    Ok(causes.into_iter().map(view).collect())
}

/// Lets an event be folded again, and says in the audit log who did.
pub(crate) async fn perform_replay(app: &App, doer: &Doer, id: &str) -> Result<(), Problem> {
    let replaying = async {
        if app.engine.revive_webhook(id).await? {
            app.wake.inbox();
            return Ok(());
        }
        match app.engine.ports().inbox.event(id).await? {
            None => Err(Problem::not_found("event")),
            Some(_) => Err(Problem::new(Code::Conflict, "the event waits to be folded already")),
        }
    };
    app.audit.keep(doer, Deed::new("webhook.replay").about("webhook", id), replaying).await
}

/// What a replay of all that fit would take.
pub(crate) async fn preview(ports: &Ports, search: &WebhookSearch) -> Result<ReplayView, Problem> {
    let (events, more) = fitting(ports, search).await?;
    Ok(ReplayView::of(&events, 0, more))
}

/// Lets all that fit be folded again, and says in the audit log who did.
pub(crate) async fn perform_replay_all(app: &App, doer: &Doer, search: &WebhookSearch) -> Result<ReplayView, Problem> {
    let detail = serde_json::to_value(search).map_err(Problem::internal)?;
    let replaying = async {
        let (events, more) = fitting(app.engine.ports(), search).await?;
        let mut replayed = 0;
        for event in &events {
            replayed += u64::from(app.engine.revive_webhook(&event.event.id).await?);
        }
        app.wake.inbox();
        Ok(ReplayView::of(&events, replayed, more))
    };
    app.audit.keep(doer, Deed::new("webhook.replay").with(detail), replaying).await
}

/// Those that fit and don't wait anyway.
async fn fitting(ports: &Ports, search: &WebhookSearch) -> Result<(Vec<InboxRecord>, bool), Problem> {
    let filter = search.filter()?;
    if filter.state == Some(InboxState::Waiting) {
        return Err(Problem::field("state", "must be folded or dead; what waits is folded anyway"));
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = ports.inbox.events(&filter, PageRequest { after, limit: MOST_REPLAYED }).await?;
        found.extend(page.rows.into_iter().filter(|record| record.state != InboxState::Waiting));
        after = page.next;
        let most = usize::try_from(MOST_REPLAYED).unwrap_or(usize::MAX);
        if found.len() >= most || after.is_none() {
            let more = found.len() > most || after.is_some();
            found.truncate(most);
            return Ok((found, more));
        }
    }
}

impl ReplayView {
    fn of(events: &[InboxRecord], replayed: u64, more: bool) -> Self {
        let mut kinds = std::collections::BTreeMap::<String, u64>::new();
        for record in events {
            *kinds.entry(record.event.kind.clone()).or_default() += 1;
        }
        let events = u64::try_from(events.len()).unwrap_or(u64::MAX);
        Self { events, replayed, more, kinds: kinds.into_iter().collect() }
    }
}

impl WebhookSearch {
    fn filter(&self) -> Result<InboxFilter, Problem> {
        let state = |word: &str| {
            let known = InboxState::ALL.into_iter().find(|state| state.as_str() == word);
            known.ok_or_else(|| Problem::field("state", "must be one of waiting, folded, dead"))
        };
        Ok(InboxFilter {
            state: given(&self.state).map(state).transpose()?,
            kind: given(&self.kind).map(str::to_owned),
            received_from: given(&self.from).map(|text| day("from", text)).transpose()?,
            received_before: given(&self.to).map(|text| Ok::<_, Problem>(day("to", text)? + DAY)).transpose()?,
        })
    }
}

impl WebhookRow {
    pub(crate) fn of(record: InboxRecord) -> Self {
        Self {
            id: record.event.id,
            kind: record.event.kind,
            state: record.state.as_str(),
            received_at: When(record.event.received_at),
            claims: record.claims,
            due_at: (record.state == InboxState::Waiting).then_some(When(record.due_at)),
            note: record.note,
            order_id: record.order.map(designia_core::id::OrderId::as_uuid),
        }
    }
}
