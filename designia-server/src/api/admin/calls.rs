//! Calls to the outside that are not done: planned, under way, unknown, refused.

use axum::Json;
use axum::extract::State;
use designia_core::ports::{Cursor, OpenEffects, PageRequest, Ports};
use serde::Deserialize;
use utoipa::IntoParams;

use super::orders::CallRow;
use crate::api::paging::{PageQuery, PageView};
use crate::http::auth::Staff;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Which calls.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallSearch {
    /// `unknown`: their answer was lost; `refused`: for good; `sent`: under way; `planned`: not begun. By default `unknown`.
    #[param(example = "unknown")]
    #[serde(default)]
    pub(crate) state: String,
}

/// Calls that are not done. Those that are done stand with their orders.
#[utoipa::path(get, path = "/api/admin/calls/", tag = "admin", params(CallSearch, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<CallRow>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(ports): State<Ports>,
    _: Staff,
    Query(search): Query<CallSearch>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<CallRow>>, Problem> {
    load_page(&ports, &search, query).await.map(Json)
}

/// A page of calls.
pub(crate) async fn load_page(
    ports: &Ports,
    search: &CallSearch,
    query: PageQuery,
) -> Result<PageView<CallRow>, Problem> {
    let (after, size) = query.onward()?;
    let after = after.as_deref().map(str::parse::<Cursor>).transpose();
    let after = after.map_err(|error| Problem::field("after", error.to_string()))?;
    let of = match search.state.as_str() {
        "" | "unknown" => OpenEffects::Unknown,
        "refused" => OpenEffects::Refused,
        "sent" => OpenEffects::Sent,
        "planned" => OpenEffects::Planned,
        _ => return Err(Problem::field("state", "must be one of unknown, refused, sent, planned")),
    };
    let page = ports.queries.effects_in(of, PageRequest { after, limit: size }).await?;
    let rows = page.rows.into_iter().map(CallRow::of).collect();
    Ok(PageView::cut(rows, size, page.next.as_ref().map(Cursor::to_string)))
}
