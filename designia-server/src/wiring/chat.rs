//! Conversations and sockets over the configured stores.

use std::sync::Arc;

use designia_core::ports::Ports;
use designia_core::service::chat::{Chat, ChatPolicy, ChatPorts};

use super::Stores;
use crate::chat::{ChatHub, HubPorts, SocketLimits};
use crate::config::Config;
use crate::http::auth::Tokens;
use crate::http::metrics::Metrics;

/// Conversations. Images are shown below this address of the server.
#[must_use]
pub fn chat(stores: &Stores, ports: &Ports, url: &str) -> Chat {
    let chat_ports = ChatPorts {
        store: Arc::clone(&stores.chats),
        accounts: Arc::clone(&stores.accounts),
        catalog: Arc::clone(&ports.catalog),
        orders: Arc::clone(&ports.orders),
        broadcast: stores.broadcast(),
        limiter: stores.rate_limiter(),
        clock: Arc::clone(&ports.clock),
        ids: Arc::clone(&ports.ids),
    };
    Chat::new(chat_ports, ChatPolicy { media_url: format!("{url}/media/"), ..ChatPolicy::default() })
}

/// The sockets of this node.
#[must_use]
pub fn hub(config: &Config, stores: &Stores, chat: Chat, tokens: Tokens, metrics: Metrics) -> ChatHub {
    let ports = HubPorts {
        tokens,
        carts: Arc::clone(&stores.carts),
        cache: stores.cache(),
        limiter: stores.rate_limiter(),
        clock: Arc::clone(&chat.ports().clock),
        metrics,
        chat,
    };
    ChatHub::new(ports, SocketLimits { origins: config.http.cors_origins.clone(), ..config.sockets.limits() })
}
