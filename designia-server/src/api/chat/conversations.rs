//! The conversations of the caller.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::chat::Conversation;
use designia_core::id::{AccountId, ConversationId, OrderId, ProductId};
use designia_core::ports::{Cursor, Listed, MessageRange, Opened, PageRequest, conversation_cursor};
use designia_core::service::chat::{About, Chat};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::{self, ConversationView};
use crate::api::paging::{PageQuery, PageView, Wanted, rows_for};
use crate::chat::ChatHub;
use crate::http::auth::Caller;
use crate::http::extract::{Json as Body, Path, Query};
use crate::http::idempotency::NewId;
use crate::problem::{Problem, ProblemBody};

/// With whom a conversation is to be: the seller of a product, or the other side of an order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"product_id": "018f4e5c-0000-7000-8000-000000000001"}))]
pub(crate) struct NewConversation {
    /// With the seller of this product.
    product_id: Option<Uuid>,
    /// Or about this order.
    order_id: Option<Uuid>,
    /// With which of the order's sellers, if it has several and the caller is its buyer.
    seller_id: Option<Uuid>,
}

/// The conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Started {
    /// Its id.
    thread_id: Uuid,
    /// Whether there was none before.
    is_new: bool,
}

/// The caller's conversations, the latest active first.
#[utoipa::path(get, path = "/api/chat/conversations/", tag = "chat", params(PageQuery), security(("token" = [])),
    responses((status = 200, body = PageView<ConversationView>),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<ChatHub>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<PageView<ConversationView>>, Problem> {
    let (chat, account) = (hub.chat(), caller.account);
    let cursor = |listed: &Listed| conversation_cursor(listed).to_string();
    let page = match query.wanted()? {
        Wanted::After { cursor: after, size } => {
            let after: Cursor = after.parse().map_err(|error| Problem::field("after", format!("{error}")))?;
            let rows = chat.conversations(account, PageRequest { after: Some(after), limit: size + 1 }).await?.rows;
            PageView::after(rows, size, cursor)
        }
        Wanted::Number { page, size } => {
            let limit = rows_for(page, size) + 1;
            let rows = chat.conversations(account, PageRequest { after: None, limit }).await?.rows;
            PageView::numbered(rows, page, size, cursor)
        }
    };
    let views = views(chat, account, &page.results).await?;
    Ok(Json(page.with(views)))
}

/// Begins a conversation, or finds the one that there is.
#[utoipa::path(post, path = "/api/chat/conversations/", tag = "chat", request_body = NewConversation, security(("token" = [])),
    responses((status = 201, body = Started), (status = 200, body = Started, description = "There was one."),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn start(
    State(hub): State<ChatHub>,
    caller: Caller,
    new_id: NewId,
    Body(new): Body<NewConversation>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let about = match (new.product_id, new.order_id) {
        (Some(product), None) => About::Product(ProductId::from_uuid(product)),
        (None, Some(order)) => {
            About::Order { order: OrderId::from_uuid(order), seller: new.seller_id.map(AccountId::from_uuid) }
        }
        (None, None) => return Err(Problem::field("product_id", "name a product or an order")),
        (Some(_), Some(_)) => return Err(Problem::field("order_id", "must not be given together with product_id")),
    };
    // One for each pair and subject: a repetition finds it, whatever id it brings.
    let id = ConversationId::from_uuid(new_id.uuid(hub.chat().ports().ids.as_ref()));
    let opened = hub.chat().start(caller.account, about, id).await?;
    let is_new = matches!(opened, Opened::New(_));
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Started { thread_id: opened.conversation().id.as_uuid(), is_new })))
}

/// One conversation of the caller's.
#[utoipa::path(get, path = "/api/chat/conversations/{id}/", tag = "chat", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = ConversationView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn show(
    State(hub): State<ChatHub>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Json<ConversationView>, Problem> {
    let (chat, id) = (hub.chat(), ConversationId::from_uuid(id));
    let (conversation, mut last) = chat.messages(caller.account, id, MessageRange::Before(u64::MAX), 1).await?;
    let listed = Listed { conversation, last: last.pop() };
    let view = views(chat, caller.account, std::slice::from_ref(&listed)).await?.pop();
    view.map(Json).ok_or_else(|| Problem::not_found("conversation"))
}

/// Names and products of all of them are looked up at once.
async fn views(chat: &Chat, caller: AccountId, listed: &[Listed]) -> Result<Vec<ConversationView>, Problem> {
    let everybody = |it: &Conversation| it.sides.map(|side| side.account);
    let accounts: Vec<_> = listed.iter().flat_map(|it| everybody(&it.conversation)).collect();
    let faces = chat.faces(&accounts).await?;
    let products: Vec<_> = listed.iter().filter_map(|it| it.conversation.subject.product()).collect();
    let cards = if products.is_empty() { Vec::new() } else { chat.ports().catalog.cards(&products).await? };
    let names: HashMap<Uuid, String> = cards.into_iter().map(|card| (card.id.as_uuid(), card.name)).collect();
    Ok(listed.iter().map(|it| view::conversation(chat, caller, it, &faces, &names)).collect())
}
