//! What the caller was told: listed, counted, read; and what they don't want by mail.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use designia_core::id::NotificationId;
use designia_core::mail::MailKind;
use designia_core::notification::{Notification, NotificationKind};
use designia_core::ports::{PageRequest, UNREAD_LIMIT, notification_cursor};
use designia_core::service::notifications::Notifications;
use designia_core::task::Json as TaskJson;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::paging::{PageQuery, PageView, Wanted, cursor_of, rows_for};
use super::view::when::When;
use crate::http::auth::Caller;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Problem, ProblemBody};

/// Which notifications.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationQuery {
    /// Only those that the caller has not read.
    #[serde(default)]
    unread: bool,
}

/// Something that the caller was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NotificationView {
    id: Uuid,
    /// What it is about.
    #[schema(example = "shipped")]
    notification_type: &'static str,
    #[schema(example = "Your parcel is on its way")]
    title: String,
    #[schema(example = "DHL, 00340434161094042557.")]
    message: String,
    /// What a program needs to lead there.
    #[schema(value_type = Object, example = json!({"order_id": "019ab1a2-7c50-7d7e-9d67-0d3d4f2f1a11"}))]
    data: TaskJson,
    is_read: bool,
    created_at: When,
    read_at: Option<When>,
}

/// How many notifications the caller has not read.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct UnreadView {
    /// Counted as far as 1000.
    #[schema(example = 3)]
    unread_count: u32,
    /// Whether there may be more than that.
    is_more: bool,
}

/// How many notifications were marked as read.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct MarkedView {
    #[schema(example = 3)]
    marked: u32,
}

/// What the caller does not want by mail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailPreferences {
    /// Kinds of notification of which there is to be no mail. They are still listed.
    #[schema(example = json!(["shipped"]))]
    muted: Vec<String>,
}

/// What the caller does not want by mail, and what they could choose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MailPreferencesView {
    #[schema(example = json!(["shipped"]))]
    muted: Vec<&'static str>,
    /// Every kind of which there need be no mail. What is about safety, or about money that has moved, is always sent.
    #[schema(example = json!(["order_placed", "payment_reminder", "seller_order", "shipped", "delivered"]))]
    can_be_muted: Vec<&'static str>,
}

/// What the caller was told, the latest first.
#[utoipa::path(get, path = "/api/notifications/", tag = "notifications", params(NotificationQuery, PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<NotificationView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(notifications): State<Notifications>,
    caller: Caller,
    Query(filter): Query<NotificationQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<NotificationView>>, Problem> {
    let rows = async |after, limit| {
        let page = notifications.page(caller.account, filter.unread, PageRequest { after, limit });
        page.await.map(|page| page.rows)
    };
    let cursor = |told: &Notification| notification_cursor(told).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: text, size } => {
            let after = cursor_of::<NotificationId>(&text)?;
            PageView::after(rows(Some(after), size + 1).await?, size, cursor)
        }
        Wanted::Number { page, size } => {
            PageView::numbered(rows(None, rows_for(page, size) + 1).await?, page, size, cursor)
        }
    };
    Ok(Json(page.map(NotificationView::from)))
}

/// How many notifications the caller has not read.
#[utoipa::path(get, path = "/api/notifications/unread_count/", tag = "notifications", security(("token" = [])),
    responses((status = 200, body = UnreadView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn unread_count(
    State(notifications): State<Notifications>,
    caller: Caller,
) -> Result<Json<UnreadView>, Problem> {
    let unread_count = notifications.unread_count(caller.account).await?;
    Ok(Json(UnreadView { unread_count, is_more: unread_count >= UNREAD_LIMIT }))
}

/// Marks a notification as read. Doing so again changes nothing.
#[utoipa::path(post, path = "/api/notifications/{id}/read/", tag = "notifications", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The notification")),
    responses((status = 200, body = NotificationView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(notifications): State<Notifications>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<NotificationView>, Problem> {
    let told = notifications.mark_read(caller.account, NotificationId::from_uuid(id)).await?;
    told.map(|told| Json(told.into())).ok_or_else(|| Problem::not_found("notification"))
}

/// Marks everything as read that the caller was told until now.
#[utoipa::path(post, path = "/api/notifications/read_all/", tag = "notifications", security(("token" = [])),
    responses((status = 200, body = MarkedView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn read_all(
    State(notifications): State<Notifications>,
    caller: Caller,
) -> Result<Json<MarkedView>, Problem> {
    Ok(Json(MarkedView { marked: notifications.mark_all_read(caller.account).await? }))
}

/// What the caller does not want by mail.
#[utoipa::path(get, path = "/api/notifications/preferences/", tag = "notifications", security(("token" = [])),
    responses((status = 200, body = MailPreferencesView), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn preferences(
    State(notifications): State<Notifications>,
    caller: Caller,
) -> Result<Json<MailPreferencesView>, Problem> {
    Ok(Json(MailPreferencesView::of(&notifications.muted(caller.account).await?)))
}

/// Sets what the caller does not want by mail.
#[utoipa::path(put, path = "/api/notifications/preferences/", tag = "notifications", security(("token" = [])), request_body = MailPreferences,
    responses((status = 200, body = MailPreferencesView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn set_preferences(
    State(notifications): State<Notifications>,
    caller: Caller,
    JsonBody(body): JsonBody<MailPreferences>,
) -> Result<Json<MailPreferencesView>, Problem> {
    let kind = |text: &String| mutable().find(|kind| kind.as_str() == text);
    let known = || mutable().map(NotificationKind::as_str).collect::<Vec<_>>().join(", ");
    let unknown = |text: &String| Problem::field("muted", format!("`{text}` is none of {}", known()));
    let muted = body.muted.iter().map(|text| kind(text).ok_or_else(|| unknown(text)));
    let muted = muted.collect::<Result<BTreeSet<_>, _>>()?;
    notifications.set_muted(caller.account, &muted).await?;
    Ok(Json(MailPreferencesView::of(&muted)))
}

/// Every kind of which there need be no mail.
fn mutable() -> impl Iterator<Item = NotificationKind> {
    MailKind::ALL.iter().filter_map(|kind| kind.mutable())
}

impl MailPreferencesView {
    fn of(muted: &BTreeSet<NotificationKind>) -> Self {
        Self {
            muted: muted.iter().map(|kind| kind.as_str()).collect(),
            can_be_muted: mutable().map(NotificationKind::as_str).collect(),
        }
    }
}

impl From<Notification> for NotificationView {
    fn from(told: Notification) -> Self {
        Self {
            id: told.id.as_uuid(),
            notification_type: told.kind.as_str(),
            title: told.title,
            message: told.message,
            data: told.data,
            is_read: told.read_at.is_some(),
            created_at: told.created_at.into(),
            read_at: told.read_at.map(When::from),
        }
    }
}
