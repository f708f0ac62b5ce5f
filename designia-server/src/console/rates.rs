//! Exchange rates: the table, a pair over time, a converter, and what was refused.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use designia_core::money::Money;
use serde::Deserialize;

use super::charts;
use super::gate::{Act, Visitor};
use super::log_in::Nothing;
use super::page::{Frame, Section, Trouble, back, nothing_done, page};
use crate::api::admin::rates::{PairQuery, RatesPage as View, load};
use crate::api::admin::tasks::perform_run;
use crate::app::App;
use crate::http::extract::Query;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "console/rates.html")]
struct RatesPage<'p> {
    frame: Frame,
    it: View,
    chart: Option<String>,
    from: &'p str,
    to: &'p str,
    amount: &'p str,
    converted: Option<String>,
    wrong: Option<String>,
}

/// What is to be converted.
#[derive(Debug, Deserialize)]
pub(super) struct AmountQuery {
    #[serde(default)]
    amount: String,
}

/// The page.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(pair): Query<PairQuery>,
    Query(AmountQuery { amount }): Query<AmountQuery>,
) -> Result<Response, Trouble> {
    let frame = Frame::new(&visitor, Section::Rates, "Rates", app.engine.ports().clock.now());
    let (it, mut wrong) = match load(&app, &pair).await {
        Ok(it) => (it, None),
        Err(problem) => (load(&app, &PairQuery::default()).await?, Some(problem.detail().to_owned())),
    };
    let chart = it.pair.as_ref().map(|pair| {
        let points: Vec<(String, String)> = pair.days.iter().map(|day| (day.day.clone(), day.rate.clone())).collect();
        charts::curve(&format!("1 {} in {}", pair.from, pair.to), &points)
    });
    let converted = match (amount.trim(), &it.pair) {
        ("", _) | (_, None) => None,
        (amount, Some(pair)) => match convert(&app, amount, pair.from, pair.to).await {
            Ok(told) => Some(told),
            Err(problem) => {
                wrong = Some(problem.detail().to_owned());
                None
            }
        },
    };
    Ok(page(&RatesPage { frame, it, chart, from: &pair.from, to: &pair.to, amount: &amount, converted, wrong }))
}

async fn convert(app: &App, amount: &str, from: &str, to: &str) -> Result<String, Problem> {
    let money = format!("{amount} {from}").parse::<Money>();
    let money = money.map_err(|error| Problem::field("amount", error.to_string()))?;
    let to = to.parse().map_err(|error: designia_core::money::MoneyError| Problem::field("to", error.to_string()))?;
    let converted = app.engine.convert(money, to, None).await?;
    let (rate, source, day) = (converted.rate.value(), &converted.source, converted.as_of);
    Ok(format!("{money} are {} at {rate}, by {source} of {day}", converted.amount))
}

/// Asks for fresh rates.
pub(super) async fn fetch(
    State(app): State<App>,
    Act { visitor, form: Nothing {} }: Act<Nothing>,
) -> Result<Response, Trouble> {
    let asked = perform_run(&app, &visitor.doer, "rates.update", None, None).await;
    asked
        .map(|it| back(&format!("/admin/tasks/{}/", it.task_id), "The sources are asked for rates."))
        .or_else(|problem| nothing_done("/admin/rates/", problem))
}
