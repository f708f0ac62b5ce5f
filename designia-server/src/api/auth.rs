//! Accounts over HTTP: paths and field names of the first backend, over the account service.

pub(crate) mod decisions;
mod errors;
mod leaving;
mod log_in;
pub(crate) mod origin;
mod passwords;
pub(crate) mod people;
mod picture;
mod profile;
mod register;
mod second_factor;
mod seller;
mod sessions;
pub(crate) mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The documented routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(register::verify_email))
        .routes(routes!(register::resend_verification))
        .routes(routes!(log_in::log_in))
        .routes(routes!(log_in::verify_second_factor))
        .routes(routes!(log_in::with_google))
        .routes(routes!(log_in::refresh))
        .routes(routes!(sessions::log_out))
        .routes(routes!(sessions::log_out_everywhere))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(passwords::verify))
        .routes(routes!(passwords::change))
        .routes(routes!(passwords::ask_for_reset))
        .routes(routes!(passwords::reset))
        .routes(routes!(second_factor::send_code))
        .routes(routes!(second_factor::enable))
        .routes(routes!(second_factor::disable))
        .routes(routes!(second_factor::begin_totp))
        .routes(routes!(second_factor::confirm_totp))
        .routes(routes!(second_factor::recovery_codes))
        .routes(routes!(profile::status))
        .routes(routes!(profile::show, profile::change))
        .routes(routes!(profile::public))
        .routes(routes!(picture::upload))
        .routes(routes!(picture::delete))
        .routes(routes!(leaving::ask_for_export))
        .routes(routes!(leaving::fetch_export))
        .routes(routes!(leaving::delete))
        .routes(routes!(seller::apply))
        .routes(routes!(seller::status))
        .routes(routes!(decisions::list))
        .routes(routes!(decisions::show, decisions::decide))
        .routes(routes!(people::list))
        .routes(routes!(people::show))
        .routes(routes!(people::events))
        .routes(routes!(people::disable))
        .routes(routes!(people::enable))
        .routes(routes!(people::change_role))
}
