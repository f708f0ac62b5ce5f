//! Becoming a seller: the applicant's side.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::account::ApplicationState;
use designia_core::service::accounts::{Accounts, Application};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::view::when::When;
use crate::http::auth::Caller;
use crate::media::{Form, Uploads};
use crate::problem::{Problem, ProblemBody};

/// An application to become a seller, as a form.
#[derive(ToSchema)]
#[schema(example = json!({"business_name": "Aurora Ceramics", "seller_type": "individual",
    "motivation": "I throw and fire porcelain, and want to sell it to people who use it."}))]
#[expect(dead_code, reason = "the form is read part by part; this is what the document says of it")]
pub(crate) struct ApplicationForm {
    /// At least 3 characters.
    business_name: String,
    /// `individual`, `business`, `manufacturer`, `designer`, `restorer`, `retailer` or `artisan`.
    seller_type: String,
    /// At least 20 characters.
    motivation: String,
    portfolio_url: Option<String>,
    social_media_url: Option<String>,
    /// JPEG, PNG or WebP.
    #[schema(value_type = Option<String>, format = Binary)]
    shop_logo: Option<String>,
    /// JPEG, PNG or WebP, at most ten.
    #[schema(value_type = Vec<String>, format = Binary)]
    uploaded_images: Vec<String>,
}

/// An application that was sent in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SentView {
    message: &'static str,
    application_id: Uuid,
    images_uploaded: usize,
}

/// How the caller's application stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApplicationStatus {
    has_application: bool,
    is_seller: bool,
    /// `none`, `pending`, `under_review`, `approved`, `rejected` or `revision_requested`.
    #[schema(example = "pending")]
    status: &'static str,
    application_id: Option<Uuid>,
    submitted_at: Option<When>,
    /// What is to be changed.
    admin_notes: Option<String>,
    /// Why it was turned down.
    rejection_reason: Option<String>,
}

/// Sends an application in, for the first time or again after it was turned down. Needs two-factor authentication.
#[utoipa::path(post, path = "/api/auth/seller/apply/", tag = "seller", security(("token" = [])),
    request_body(content = ApplicationForm, content_type = "multipart/form-data"),
    responses((status = 201, body = SentView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn apply(
    State(accounts): State<Accounts>,
    State(uploads): State<Uploads>,
    caller: Caller,
    form: Form,
) -> Result<(StatusCode, Json<SentView>), Problem> {
    let text = |field| form.text(field).unwrap_or_default().to_owned();
    let mut application = Application {
        business_name: text("business_name"),
        seller_type: text("seller_type"),
        motivation: text("motivation"),
        portfolio_url: text("portfolio_url"),
        social_media_url: text("social_media_url"),
        images: Vec::new(),
    };
    // Whether it may be sent at all comes first: no picture is kept for an application that is refused.
    accounts.may_apply(caller.account, &application, form.files.len()).await?;
    for file in &form.files {
        application.images.push(uploads.store_image(caller.account, &file.field, &file.content).await?.key.to_string());
    }
    let sent = accounts.apply(caller.account, &application).await?;
    let message = "the application is sent; a mail tells what becomes of it";
    let view = SentView { message, application_id: sent.id.as_uuid(), images_uploaded: sent.images.len() };
    Ok((StatusCode::CREATED, Json(view)))
}

/// How the caller's application stands.
#[utoipa::path(get, path = "/api/auth/seller/application/status/", tag = "seller", security(("token" = [])),
    responses((status = 200, body = ApplicationStatus),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn status(
    State(accounts): State<Accounts>,
    caller: Caller,
) -> Result<Json<ApplicationStatus>, Problem> {
    let application = accounts.application_of(caller.account).await?;
    let application = application.as_ref();
    let reason_in = |state| application.filter(|it| it.state == state).and_then(|it| it.reason.clone());
    Ok(Json(ApplicationStatus {
        has_application: application.is_some(),
        is_seller: caller.is_seller(),
        status: application.map_or("none", |it| it.state.as_str()),
        application_id: application.map(|it| it.id.as_uuid()),
        submitted_at: application.map(|it| it.submitted_at.into()),
        admin_notes: reason_in(ApplicationState::RevisionRequested),
        rejection_reason: reason_in(ApplicationState::Rejected),
    }))
}
