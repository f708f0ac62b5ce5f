//! Live parts: a stream that sends a part of a page again whenever it has changed.
//!
//! The part is rendered every two seconds and sent if it differs from what was sent last. A stream ends when its viewer's session
//! does, when the server stops, and after an hour; the browser comes back by itself if it still may.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt as _};

use super::gate::Visitor;
use crate::app::App;
use crate::problem::Problem;

const EVERY: Duration = Duration::from_secs(2);

/// Looks that one stream makes at most.
const MOST_LOOKS: u32 = 1_800;

/// What a stream knows between two looks.
struct Watch<R> {
    app: App,
    visitor: Visitor,
    render: R,
    sent: String,
    looks: u32,
}

/// Follows what `render` makes.
pub(super) fn follow<R, F>(app: App, visitor: Visitor, render: R) -> Response
where
    R: Fn(App, Visitor) -> F + Send + Sync + 'static,
    F: Future<Output = Result<String, Problem>> + Send + 'static,
{
    let watch = Watch { app, visitor, render, sent: String::new(), looks: 0 };
    Sse::new(changes(watch)).keep_alive(KeepAlive::new()).into_response()
}

fn changes<R, F>(watch: Watch<R>) -> impl Stream<Item = Result<Event, Infallible>> + Send
where
    R: Fn(App, Visitor) -> F + Send + Sync + 'static,
    F: Future<Output = Result<String, Problem>> + Send + 'static,
{
    stream::unfold(watch, |mut watch| async move {
        while watch.looks < MOST_LOOKS {
            if watch.looks > 0 {
                tokio::time::sleep(EVERY).await;
            }
            watch.looks += 1;
            if watch.app.health.is_stopping() || !watch.app.tokens.still_good(&watch.visitor.doer.caller).await {
                return None;
            }
            // What can't be looked up now is looked up again.
            let Ok(html) = (watch.render)(watch.app.clone(), watch.visitor.clone()).await else { continue };
            if html != watch.sent {
                watch.sent.clone_from(&html);
                return Some((Ok(Event::default().data(html)), watch));
            }
        }
        None
    })
    .boxed()
}
