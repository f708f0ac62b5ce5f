//! Images for messages.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::view::when::When;
use crate::chat::ChatHub;
use crate::http::auth::Caller;
use crate::media::{Form, Uploads};
use crate::problem::{Problem, ProblemBody};

/// A form with the image.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "shown in the document; the form itself is read part by part")]
pub(crate) struct ImageForm {
    /// JPEG, PNG or WebP, at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
}

/// An image that is kept.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UploadedImage {
    /// What was done, for people.
    message: &'static str,
    /// What a message names it by.
    image_url: String,
    /// Where it is shown.
    image_temp_url: String,
    /// How many bytes are kept.
    size: usize,
    /// What it really is.
    content_type: &'static str,
    /// When.
    uploaded_at: When,
}

/// Keeps an image for a message: give its `image_url` back with the message.
#[utoipa::path(post, path = "/api/chat/upload-image/", tag = "chat", security(("token" = [])),
    request_body(content = ImageForm, content_type = "multipart/form-data"),
    responses((status = 201, body = UploadedImage), (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, body = ProblemBody, content_type = "application/problem+json"), (status = 415, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn upload(
    State(hub): State<ChatHub>,
    State(uploads): State<Uploads>,
    caller: Caller,
    form: Form,
) -> Result<(StatusCode, Json<UploadedImage>), Problem> {
    let file = form.file("image")?;
    let stored = uploads.store_image(caller.account, &file.field, &file.content).await?;
    let uploaded = UploadedImage {
        message: "the image is kept",
        image_url: stored.key.to_string(),
        image_temp_url: stored.url,
        size: stored.size,
        content_type: stored.kind.content_type(),
        uploaded_at: hub.chat().ports().clock.now().into(),
    };
    Ok((StatusCode::CREATED, Json(uploaded)))
}
