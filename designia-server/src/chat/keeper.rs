//! The safety net under the bells: now and then the numbers in the store are compared with what was heard.
//!
//! A node can die between storing a message and telling it, and a broadcast promises nothing. Then the next message shows the gap;
//! but if none follows, only this does. It costs one query for all rooms of the node.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use designia_core::chat::conversation_channel;
use designia_core::id::ConversationId;

use super::Hub;

/// How many conversations are asked about at once.
const AT_ONCE: usize = 500;

/// Compares for as long as the hub lives.
pub(super) fn start(hub: &Arc<Hub>) {
    let (hub, every) = (Arc::downgrade(hub), hub.limits.check);
    tokio::spawn(async move {
        let mut seen = HashMap::new();
        loop {
            tokio::time::sleep(every).await;
            let Some(hub) = Weak::upgrade(&hub) else { return };
            compare(&hub, &mut seen).await;
        }
    });
}

/// `seen` is the highest number of each room that anybody was told to look at, or that was there when the room was first met.
async fn compare(hub: &Hub, seen: &mut HashMap<ConversationId, u64>) {
    let of_room = |(channel, heard): &(Arc<str>, u64)| Some((channel.strip_prefix("chat:")?.parse().ok()?, *heard));
    let rooms: HashMap<ConversationId, u64> = hub.rooms.heard().iter().filter_map(of_room).collect();
    seen.retain(|id, _| rooms.contains_key(id));
    let ids: Vec<ConversationId> = rooms.keys().copied().collect();
    for ids in ids.chunks(AT_ONCE) {
        let stored = match hub.ports.chat.ports().store.last_seqs(ids).await {
            Ok(stored) => stored,
            Err(error) => {
                tracing::debug!(%error, "what is stored can't be compared with what was heard");
                return;
            }
        };
        for (id, last) in stored {
            let known = seen.insert(id, last).unwrap_or(0).max(rooms.get(&id).copied().unwrap_or(0));
            if last > known {
                hub.rooms.look(&conversation_channel(id), last);
            }
        }
    }
}
