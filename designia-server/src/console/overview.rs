//! The first page: whether money or orders are in trouble, at a glance. Every number leads to its rows.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::charts;
use super::gate::Visitor;
use super::live::follow;
use super::page::{Frame, Section, Trouble, page};
use crate::api::admin::overview::{self, Overview};
use crate::app::App;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct OverviewPage {
    frame: Frame,
    it: Overview,
    due: String,
}

#[derive(Template)]
#[template(path = "console/overview_live.html")]
struct OverviewLive<'p> {
    frame: &'p Frame,
    it: &'p Overview,
    due: &'p str,
}

/// The page.
pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, Trouble> {
    Ok(page(&load(&app, &visitor).await?))
}

/// The live part of it.
pub(super) async fn live(State(app): State<App>, visitor: Visitor) -> Response {
    follow(app, visitor, |app, visitor| async move {
        let page = load(&app, &visitor).await?;
        OverviewLive { frame: &page.frame, it: &page.it, due: &page.due }.render().map_err(Problem::internal)
    })
}

async fn load(app: &App, visitor: &Visitor) -> Result<OverviewPage, Problem> {
    let it = overview::load(app).await?;
    let frame = Frame::new(visitor, Section::Overview, "Overview", app.engine.ports().clock.now());
    let hours: Vec<(String, u64)> =
        it.due.hours.iter().map(|hour| (frame.full(hour.from)[11..16].to_owned(), hour.count)).collect();
    let due = charts::bars("Payments that fall due in each of the next 24 hours", &hours);
    Ok(OverviewPage { frame, it, due })
}
