//! Exchange rates for the staff: the table, a pair over time, what was refused.

use axum::Json;
use axum::extract::State;
use designia_core::money::Currency;
use designia_core::time::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::rates::RateStatusView;
use crate::api::view::when::When;
use crate::app::App;
use crate::http::auth::Staff;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Refusals that are shown.
const REFUSALS: u32 = 50;

/// Days of a chart: a little more than a year.
const MOST_DAYS: i32 = 400;
const USUAL_DAYS: i32 = 90;

/// Which pair, over how many days.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PairQuery {
    /// One unit of this …
    #[param(example = "EUR")]
    #[serde(default)]
    pub(crate) from: String,
    /// … is worth so much of this.
    #[param(example = "USD")]
    #[serde(default)]
    pub(crate) to: String,
    /// Over so many days, at most 400; 90 if it is left out.
    pub(crate) days: Option<i32>,
}

/// How rates stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RatesPage {
    pub(crate) status: RateStatusView,
    /// The stored table, whether it is used or not, per unit of its base.
    pub(crate) base: Option<&'static str>,
    pub(crate) table: Vec<RateRow>,
    /// The pair over time.
    pub(crate) pair: Option<PairView>,
    /// What sources gave that was not taken, the latest first.
    pub(crate) refusals: Vec<RefusalRow>,
}

/// A rate.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RateRow {
    #[schema(example = "USD")]
    pub(crate) currency: &'static str,
    #[schema(example = "1.0812")]
    pub(crate) rate: String,
}

/// A pair over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PairView {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    /// The days that have rates, the oldest first.
    pub(crate) days: Vec<PairDay>,
}

/// A pair on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PairDay {
    #[schema(example = "2026-11-20")]
    pub(crate) day: String,
    #[schema(example = "1.0812")]
    pub(crate) rate: String,
    pub(crate) source: String,
}

/// Something that a source gave and that was not taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefusalRow {
    pub(crate) at: When,
    pub(crate) source: String,
    pub(crate) reason: String,
}

/// How rates stand: the table, a pair over time, what was refused.
#[utoipa::path(get, path = "/api/admin/rates/", tag = "admin", params(PairQuery), security(("token" = [])),
    responses((status = 200, body = RatesPage),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(app): State<App>,
    _: Staff,
    Query(query): Query<PairQuery>,
) -> Result<Json<RatesPage>, Problem> {
    load(&app, &query).await.map(Json)
}

/// How rates stand.
pub(crate) async fn load(app: &App, query: &PairQuery) -> Result<RatesPage, Problem> {
    let ports = app.engine.ports();
    let latest = ports.rates.latest().await?;
    let table = latest.as_ref().map(|batch| {
        let row = |(currency, rate): (Currency, _)| RateRow { currency: currency.code(), rate: format!("{rate}") };
        batch.rates().map(row).collect()
    });
    let refusals = ports.rates.refusals(REFUSALS).await?;
    Ok(RatesPage {
        status: RateStatusView::of(&app.engine).await?,
        base: latest.as_ref().map(|batch| batch.base().code()),
        table: table.unwrap_or_default(),
        pair: pair(app, query).await?,
        refusals: refusals
            .into_iter()
            .map(|it| RefusalRow { at: When(it.at()), source: it.source().to_owned(), reason: it.reason().to_owned() })
            .collect(),
    })
}

async fn pair(app: &App, query: &PairQuery) -> Result<Option<PairView>, Problem> {
    if query.from.trim().is_empty() && query.to.trim().is_empty() {
        return Ok(None);
    }
    let (from, to) = (currency("from", &query.from)?, currency("to", &query.to)?);
    let days = query.days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::field("days", format!("must be from 1 to {MOST_DAYS}")));
    }
    let today = app.engine.ports().clock.now().date();
    let first = Date::from_days_since_epoch(today.days_since_epoch() - days + 1).unwrap_or(today);
    let batches = app.engine.ports().rates.batches(first, today).await?;
    let day = |batch: &std::sync::Arc<designia_core::exchange::RateBatch>| {
        let rate = batch.rate(from, to).ok()?;
        let source = batch.source().to_string();
        Some(PairDay { day: batch.as_of().to_string(), rate: rate.value().to_string(), source })
    };
    let days = batches.iter().filter_map(day).collect();
    Ok(Some(PairView { from: from.code(), to: to.code(), days }))
}

fn currency(field: &str, code: &str) -> Result<Currency, Problem> {
    let parsed = code.trim().to_ascii_uppercase().parse();
    parsed.map_err(|error: designia_core::money::MoneyError| Problem::field(field, error.to_string()))
}
