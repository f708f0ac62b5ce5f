//! The operations console at `/admin/`: what Django's admin and Flower are for, without a second program to install.
//!
//! Pages are rendered here, from the same views that `/api/admin/` answers as JSON: what a page shows, a program can read. They
//! work without JavaScript; where there is some, live parts follow a stream of server-sent events. Nothing is asked of another
//! host, and nothing runs that is not a file of ours.
//!
//! Who may enter is staff. Looking is for all of them, acting for admins, moderating conversations for both. Every action leaves
//! a row in the audit log, with who, what, why and what came of it.

mod accounts;
mod assets;
mod calls;
mod charts;
mod diagram;
mod gate;
mod live;
mod log_in;
mod mails;
mod orders;
mod overview;
mod page;
mod payments;
mod products;
mod rates;
mod reports;
mod schedules;
mod system;
mod tasks;
mod webhooks;

use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::app::App;
use crate::config::Console;

/// The console's routes; none if it is off.
pub(crate) fn routes(mode: Console, https: bool) -> Router<App> {
    match mode {
        Console::Off => Router::new(),
        Console::On | Console::ReadOnly => pages().layer(Extension(gate::Door { mode, https })),
    }
}

fn pages() -> Router<App> {
    Router::new()
        .route("/admin/", get(overview::show))
        .route("/admin/live/", get(overview::live))
        .route("/admin/orders/", get(orders::list))
        .route("/admin/orders/export/", get(orders::export))
        .route("/admin/orders/{id}/", get(orders::show))
        .route("/admin/orders/{id}/live/", get(orders::live))
        .route("/admin/orders/{id}/act/", post(orders::act))
        .route("/admin/payments/", get(payments::list))
        .route("/admin/webhooks/", get(webhooks::list))
        .route("/admin/webhooks/replay/", post(webhooks::replay_all))
        .route("/admin/webhooks/{id}/", get(webhooks::show))
        .route("/admin/webhooks/{id}/replay/", post(webhooks::replay))
        .route("/admin/calls/", get(calls::list))
        .route("/admin/tasks/", get(tasks::list))
        .route("/admin/tasks/run/", post(tasks::run))
        .route("/admin/tasks/{id}/", get(tasks::show))
        .route("/admin/tasks/{id}/live/", get(tasks::live))
        .route("/admin/tasks/{id}/retry/", post(tasks::retry))
        .route("/admin/tasks/{id}/revoke/", post(tasks::revoke))
        .route("/admin/queues/{name}/pause/", post(tasks::pause))
        .route("/admin/queues/{name}/resume/", post(tasks::resume))
        .route("/admin/queues/{name}/purge/", post(tasks::purge))
        .route("/admin/workers/", get(tasks::workers))
        .route("/admin/schedules/", get(schedules::list))
        .route("/admin/schedules/{name}/enable/", post(schedules::enable))
        .route("/admin/schedules/{name}/disable/", post(schedules::disable))
        .route("/admin/schedules/{name}/run/", post(schedules::run))
        .route("/admin/products/", get(products::list))
        .route("/admin/products/{id}/", get(products::show))
        .route("/admin/products/{id}/change/", post(products::change))
        .route("/admin/accounts/", get(accounts::list))
        .route("/admin/accounts/{id}/", get(accounts::show))
        .route("/admin/accounts/{id}/disable/", post(accounts::disable))
        .route("/admin/accounts/{id}/enable/", post(accounts::enable))
        .route("/admin/accounts/{id}/role/", post(accounts::change_role))
        .route("/admin/applications/", get(accounts::applications))
        .route("/admin/applications/{id}/", get(accounts::application))
        .route("/admin/applications/{id}/decide/", post(accounts::decide))
        .route("/admin/reports/", get(reports::list))
        .route("/admin/reports/{id}/", get(reports::show))
        .route("/admin/reports/{id}/resolve/", post(reports::resolve))
        .route("/admin/mails/", get(mails::list))
        .route("/admin/mails/{id}/", get(mails::show))
        .route("/admin/mails/{id}/html/", get(mails::html))
        .route("/admin/mails/{id}/resend/", post(mails::resend))
        .route("/admin/rates/", get(rates::show))
        .route("/admin/rates/fetch/", post(rates::fetch))
        .route("/admin/audit/", get(system::audit_log))
        .route("/admin/system/", get(system::show))
        .route("/admin/system/log/", post(system::set_log))
        .route("/admin/login/", get(log_in::form).post(log_in::enter))
        .route("/admin/login/code/", post(log_in::second_step))
        .route("/admin/logout/", post(log_in::leave))
        .route("/admin/static/{name}", get(assets::serve))
}
