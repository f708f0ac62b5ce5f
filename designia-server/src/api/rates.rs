//! Exchange rates: the latest, a conversion, and how they stand.

use axum::Json;
use axum::extract::State;
use designia_core::exchange::ExchangeError;
use designia_core::money::{Currency, Money};
use designia_core::service::{Engine, Error};
use designia_core::time::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use super::view::conversion::ConversionView;
use super::view::when::When;
use crate::http::auth::Caller;
use crate::http::extract::Query;
use crate::problem::{Code, Problem, ProblemBody};

/// Per which currency.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LatestQuery {
    /// The currency of which one unit is worth so much; by default the publisher's own.
    base: Option<String>,
}

/// What to convert.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConvertQuery {
    /// A decimal number.
    #[param(example = "10.00")]
    amount: String,
    /// Its currency.
    #[param(example = "EUR")]
    from: String,
    /// The currency to convert to.
    #[param(example = "JPY")]
    to: String,
    /// The day whose rates to use; by default the latest.
    #[param(example = "2020-03-17")]
    on: Option<String>,
}

/// Exchange rates.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RatesView {
    /// One unit of this is worth so much.
    #[schema(example = "EUR")]
    pub(crate) base: &'static str,
    /// The day to which they belong.
    #[schema(example = "2026-11-20")]
    pub(crate) as_of: String,
    pub(crate) fetched_at: When,
    /// Who published them.
    pub(crate) source: String,
    /// Whether they came with this program.
    pub(crate) bundled: bool,
    /// Decimal strings by currency.
    pub(crate) rates: BTreeMap<&'static str, String>,
}

/// How the stored rates stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RateStatusView {
    /// Whether they are used for new prices.
    pub(crate) usable: bool,
    /// Why they are not.
    pub(crate) reason: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) bundled: Option<bool>,
    pub(crate) as_of: Option<String>,
    pub(crate) fetched_at: Option<When>,
    /// Hours since the end of the day to which they belong.
    pub(crate) age_hours: Option<u64>,
    /// From this age on they are not used.
    pub(crate) max_age_hours: u64,
    /// Where rates come from, in the order in which they are asked.
    pub(crate) sources: Vec<String>,
}

/// The latest rates that are used for new prices.
#[utoipa::path(get, path = "/api/rates/latest/", tag = "rates", params(LatestQuery), security(("token" = [])),
    responses((status = 200, body = RatesView), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn latest(
    State(engine): State<Engine>,
    _: Caller,
    Query(query): Query<LatestQuery>,
) -> Result<Json<RatesView>, Problem> {
    let batch = engine.usable_rates(engine.ports().clock.now()).await?;
    let base = query.base.map(|code| currency("base", &code)).transpose()?.unwrap_or_else(|| batch.base());
    let known = Currency::all().filter(|currency| batch.covers(*currency));
    let rates = known.map(|currency| Ok((currency.code(), batch.rate(base, currency)?.value().to_string())));
    Ok(Json(RatesView {
        base: base.code(),
        as_of: batch.as_of().to_string(),
        fetched_at: When(batch.fetched_at()),
        source: batch.source().to_string(),
        bundled: batch.source().is_bundled(),
        rates: rates.collect::<Result<_, ExchangeError>>()?,
    }))
}

/// Converts an amount, and says by which rate, whose, and of when.
#[utoipa::path(get, path = "/api/rates/convert/", tag = "rates", params(ConvertQuery), security(("token" = [])),
    responses((status = 200, body = ConversionView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn convert(
    State(engine): State<Engine>,
    _: Caller,
    Query(query): Query<ConvertQuery>,
) -> Result<Json<ConversionView>, Problem> {
    let (from, to) = (currency("from", &query.from)?, currency("to", &query.to)?);
    let amount = Money::parse(&query.amount, from).map_err(|error| Problem::field("amount", error.to_string()))?;
    let on = query.on.as_deref().map(str::parse::<Date>).transpose();
    let on = on.map_err(|error| Problem::field("on", error.to_string()))?;
    match (engine.convert(amount, to, on).await, on) {
        (
            Err(Error::NoRates | Error::Exchange(ExchangeError::Stale { .. } | ExchangeError::NoRate { .. })),
            Some(day),
        ) => Err(Problem::new(Code::NoRateForDay, format!("no exchange rate from {from} to {to} of {day} is stored"))),
        (converted, _) => Ok(Json(ConversionView::of(&converted?))),
    }
}

/// How the stored rates stand, and where they come from.
#[utoipa::path(get, path = "/api/rates/status/", tag = "rates", security(("token" = [])),
    responses((status = 200, body = RateStatusView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn status(State(engine): State<Engine>, _: Caller) -> Result<Json<RateStatusView>, Problem> {
    Ok(Json(RateStatusView::of(&engine).await?))
}

impl RateStatusView {
    /// How they stand now.
    pub(crate) async fn of(engine: &Engine) -> Result<Self, Problem> {
        let status = engine.rate_status().await?;
        let latest = status.latest.as_deref();
        Ok(Self {
            usable: status.is_usable,
            reason: status.why_not,
            source: latest.map(|batch| batch.source().to_string()),
            bundled: latest.map(|batch| batch.source().is_bundled()),
            as_of: latest.map(|batch| batch.as_of().to_string()),
            fetched_at: latest.map(|batch| When(batch.fetched_at())),
            age_hours: latest.map(|batch| engine.rate_age(batch).as_secs() / 3600),
            max_age_hours: engine.policy().freshness.max_age.as_secs() / 3600,
            sources: engine.ports().rate_sources.iter().map(|source| source.name().to_owned()).collect(),
        })
    }
}

fn currency(field: &str, code: &str) -> Result<Currency, Problem> {
    code.parse().map_err(|error: designia_core::money::MoneyError| Problem::field(field, error.to_string()))
}
