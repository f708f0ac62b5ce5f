//! The messages of a conversation.

use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use designia_core::chat::ClientId;
use designia_core::id::ConversationId;
use designia_core::ports::MessageRange;
use designia_core::service::chat::{Draft, Person};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::view::{self, MessageView};
use crate::chat::ChatHub;
use crate::http::auth::Caller;
use crate::http::extract::{Json as Body, OptionalJson, Path, Query};
use crate::http::idempotency::{KEY, NewId};
use crate::problem::{Problem, ProblemBody};

/// Longest page.
const MAX_SIZE: u32 = 100;

/// Which messages: a page by its number from the newest on, those before one, or those after one.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// The number of the page, from 1, which has the newest. It costs the same however far back it is.
    #[param(minimum = 1)]
    page: Option<u64>,
    /// Messages on a page, at most 100.
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
    /// Those before the message of this `seq`, newest first.
    before: Option<u64>,
    /// Those after the message of this `seq`, in their order: what a client has missed.
    after: Option<u64>,
}

/// Messages of a conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MessagePage {
    /// How many there are altogether.
    count: u64,
    /// Where the next page is.
    next: Option<String>,
    /// Where the page before is.
    previous: Option<String>,
    /// Whether there is a next page.
    has_next: bool,
    /// The messages, newest first; with `after`, oldest first.
    results: Vec<MessageView>,
}

/// A message that is to be sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"text": "Is it still there?", "client_id": "temp-1790000000000"}))]
pub(crate) struct NewMessage {
    /// The text, at most 4000 characters; may be left out if there is an image.
    #[serde(default)]
    text: String,
    /// The `image_url` that an upload has answered with.
    image_url: Option<String>,
    /// What the client calls it: sent again under the same name, it is not stored again. The `Idempotency-Key` does as well.
    client_id: Option<String>,
}

/// Up to where the caller has read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub(crate) struct ReadUpTo {
    /// Up to the message of this number; without it, up to the last one.
    seq: Option<u64>,
}

/// What was read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MarkedRead {
    /// How many messages of the other one became read.
    marked_read: u64,
}

/// The messages of a conversation, newest first.
#[utoipa::path(get, path = "/api/chat/conversations/{id}/messages/", tag = "chat", params(("id" = Uuid, Path, description = "The conversation"), MessageQuery),
    security(("token" = [])), responses((status = 200, body = MessagePage),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(hub): State<ChatHub>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<MessageQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<Json<MessagePage>, Problem> {
    let size = query.page_size.unwrap_or(20);
    if size == 0 || size > MAX_SIZE {
        return Err(Problem::field("page_size", format!("must be from 1 to {MAX_SIZE}")));
    }
    let (chat, id) = (hub.chat(), ConversationId::from_uuid(id));
    let count = chat.conversation(caller.account, id).await?.last_seq;
    let page = query.page.unwrap_or(1);
    let range = match (query.page, query.before, query.after) {
        (None, None, Some(after)) => MessageRange::After(after),
        (None, Some(before), None) => MessageRange::Before(before),
        (_, None, None) if page == 0 => return Err(Problem::field("page", "must be at least 1")),
        // Numbers have no gaps, so a page by its number is a range of them.
        (_, None, None) => {
            let skipped = (page - 1).saturating_mul(size.into());
            MessageRange::Before(count.saturating_add(1).saturating_sub(skipped))
        }
        _ => return Err(Problem::field("page", "give one of page, before and after")),
    };
    let (conversation, messages) = chat.messages(caller.account, id, range, size).await?;
    let faces = chat.faces(&conversation.sides.map(|side| side.account)).await?;
    let last = messages.last().map(|message| message.seq);
    let results = messages.iter().map(|message| view::message(chat, &conversation, message, &faces)).collect();
    let link = |query: String| format!("{}?{query}&page_size={size}", uri.path());
    let (next, previous) = match range {
        MessageRange::After(_) => {
            (last.filter(|last| *last < conversation.last_seq).map(|last| format!("after={last}")), None)
        }
        MessageRange::Before(_) => {
            let is_more = last.is_some_and(|last| last > 1);
            let next = match query.before {
                Some(_) => last.filter(|_| is_more).map(|last| format!("before={last}")),
                None => is_more.then(|| format!("page={}", page + 1)),
            };
            let has_previous = query.before.is_none() && page > 1;
            (next, has_previous.then(|| format!("page={}", page - 1)))
        }
    };
    let (next, previous) = (next.map(link), previous.map(link));
    Ok(Json(MessagePage { count, has_next: next.is_some(), next, previous, results }))
}

/// Sends a message: the twin of what a socket does.
#[utoipa::path(post, path = "/api/chat/conversations/{id}/messages/", tag = "chat", request_body = NewMessage, params(("id" = Uuid, Path, description = "The conversation")),
    security(("token" = [])), responses((status = 201, body = MessageView), (status = 200, body = MessageView, description = "It was sent before."),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json"), (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn send(
    State(hub): State<ChatHub>,
    caller: Caller,
    Path(id): Path<Uuid>,
    new_id: NewId,
    headers: HeaderMap,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<MessageView>), Problem> {
    let (chat, id) = (hub.chat(), ConversationId::from_uuid(id));
    let field = |field: &'static str| move |error| Problem::field(field, format!("{error}"));
    let draft = Draft {
        text: new.text,
        image: new.image_url.map(|key| key.parse()).transpose().map_err(field("image_url"))?,
        client_id: match new.client_id {
            Some(name) => Some(name.parse().map_err(field("client_id"))?),
            None => headers.get(KEY).and_then(|key| named_by(key, new_id.uuid(chat.ports().ids.as_ref()))),
        },
    };
    let me = Person { account: caller.account, name: caller.name };
    let sent = chat.say(&me, id, draft).await?;
    chat.announce(&sent).await;
    let message = chat.ports().store.message(sent.said.id).await?.ok_or_else(|| Problem::not_found("message"))?;
    let conversation = chat.conversation(caller.account, id).await?;
    let faces = chat.faces(&[caller.account]).await?;
    let status = if sent.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view::message(chat, &conversation, &message, &faces))))
}

/// What a message is called that has a key and no name, so that it is stored once even if nobody heard the end of the first
/// request: the key, or if that is longer than a name, the id that stays the same under it.
fn named_by(key: &HeaderValue, id: Uuid) -> Option<ClientId> {
    key.to_str().ok()?.parse().ok().or_else(|| id.to_string().parse().ok())
}

/// Marks the messages of a conversation as read.
#[utoipa::path(post, path = "/api/chat/conversations/{id}/mark_read/", tag = "chat", request_body = Option<ReadUpTo>, params(("id" = Uuid, Path, description = "The conversation")),
    security(("token" = [])), responses((status = 200, body = MarkedRead), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn mark_read(
    State(hub): State<ChatHub>,
    caller: Caller,
    Path(id): Path<Uuid>,
    OptionalJson(up_to): OptionalJson<ReadUpTo>,
) -> Result<Json<MarkedRead>, Problem> {
    let marked_read = hub.chat().read(caller.account, ConversationId::from_uuid(id), up_to.seq).await?;
    Ok(Json(MarkedRead { marked_read }))
}
