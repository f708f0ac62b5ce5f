//! The caller's picture.

use axum::Json;
use axum::extract::State;
use designia_core::ports::ObjectKey;
use designia_core::service::accounts::Accounts;
use serde::Serialize;
use utoipa::ToSchema;

use super::origin::From;
use super::view::Message;
use crate::http::auth::Caller;
use crate::media::{Form, Uploads};
use crate::problem::{Problem, ProblemBody};

/// A form with a picture.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is read part by part; this is what the document says of it")]
pub(crate) struct PictureForm {
    /// JPEG, PNG or WebP.
    #[schema(value_type = String, format = Binary)]
    file: String,
}

/// A picture that was kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PictureView {
    message: &'static str,
    /// Where it is shown.
    profile_picture_url: String,
    /// The same under its other name.
    profile_picture_temp_url: String,
    /// Bytes.
    size: usize,
    /// What it really is.
    #[schema(example = "image/webp")]
    content_type: &'static str,
}

/// Sets the caller's picture.
#[utoipa::path(post, path = "/api/auth/profile/picture/upload/", tag = "account", security(("token" = [])),
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 200, body = PictureView),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, body = ProblemBody, content_type = "application/problem+json"),
    (status = 415, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn upload(
    State(accounts): State<Accounts>,
    State(uploads): State<Uploads>,
    From(origin): From,
    caller: Caller,
    form: Form,
) -> Result<Json<PictureView>, Problem> {
    let file = form.file("file")?;
    let stored = uploads.store_image(caller.account, &file.field, &file.content).await?;
    let (_, before) = accounts.change_picture(caller.account, Some(stored.key.to_string()), &origin).await?;
    forget(&uploads, before).await;
    Ok(Json(PictureView {
        message: "the picture is changed",
        profile_picture_url: stored.url.clone(),
        profile_picture_temp_url: stored.url,
        size: stored.size,
        content_type: stored.kind.content_type(),
    }))
}

/// Takes the caller's picture away.
#[utoipa::path(delete, path = "/api/auth/profile/picture/delete/", tag = "account", security(("token" = [])),
    responses((status = 200, body = Message), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn delete(
    State(accounts): State<Accounts>,
    State(uploads): State<Uploads>,
    From(origin): From,
    caller: Caller,
) -> Result<Json<Message>, Problem> {
    let (_, before) = accounts.change_picture(caller.account, None, &origin).await?;
    forget(&uploads, before).await;
    Ok(Json(Message::of("the picture is gone")))
}

/// A file that nobody shows any more. One that can't be deleted now costs room, and nothing else.
async fn forget(uploads: &Uploads, key: Option<String>) {
    let Some(key) = key.and_then(|key| key.parse::<ObjectKey>().ok()) else { return };
    if let Err(error) = uploads.forget(&key).await {
        tracing::warn!(%key, %error, "a picture that nobody shows any more stays in the storage");
    }
}
