//! Bringing everything to rest: time moves to whatever is due next, until nothing is due any more.

use std::time::Duration;

use designia_core::ports::RECONCILED_SETTING;
use designia_core::time::{DAY, HOUR, MINUTE, Timestamp};

use crate::database::instant;
use crate::world::{World, until};

/// At most so many steps. A payment that can't be closed is asked about daily for ever; that would not be rest.
const STEPS: u32 = 150;

/// How long, in real time, what is due may take. Leases of dead nodes run out in seconds at the campaign's pace.
const PATIENCE: Duration = Duration::from_secs(60);

/// Moves time until nothing is left to do; what is left all the same.
pub(crate) async fn reach(world: &World) -> Vec<String> {
    let nodes = world.fleet.addresses();
    until("every node is back", || nodes.are_complete()).await;
    for step in 0..STEPS {
        let left = until_nothing_is_due(world).await;
        if !left.is_empty() {
            return left;
        }
        match next_due(world).await {
            Some(at) => world.time.advance(at.since(world.time.now()).max(stride(step)) + Duration::from_secs(1)),
            None if step > 0 && !deliver_everything(world).await => return Vec::new(),
            None => world.time.advance(stride(step)),
        }
    }
    remaining(world, "true").await
}

/// Waits until no order is overdue; for the middle of the storm, when that can take until the storm is over.
pub(crate) async fn until_swept(world: &World) {
    let overdue = async {
        loop {
            let query = format!(
                "SELECT id::text FROM designia.orders WHERE tick_due_at <= {} LIMIT 1",
                instant(world.time.now())
            );
            if world.database.lines(&query).await.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // No promise: nodes that sweep are being killed at it.
    tokio::time::timeout(Duration::from_secs(5), overdue).await.unwrap_or_default();
}

/// Hours at first, then days.
fn stride(step: u32) -> Duration {
    match step {
        0..4 => HOUR,
        4..8 => HOUR * 6,
        _ => DAY,
    }
}

/// Sends every webhook that is still owed; whether that brought anything new.
async fn deliver_everything(world: &World) -> bool {
    world.sandbox.webhooks().flush().await;
    !remaining(world, "true").await.is_empty() || next_due(world).await.is_some()
}

/// Waits until the provider's record has been compared up to the present: what was lost on the way is never sent again, and the
/// provider forgets after thirty days, which in here are seconds.
async fn until_compared(world: &World) {
    let now = world.time.now().as_micros();
    let query =
        format!("SELECT name FROM designia.settings WHERE name = '{RECONCILED_SETTING}' AND value::bigint >= {now}");
    // The schedule has its moments, and nobody has to wait for the next.
    world.time.advance(MINUTE * 5);
    while world.database.lines(&query).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until nothing is due now and nobody holds anything; what is still there when patience ends.
async fn until_nothing_is_due(world: &World) -> Vec<String> {
    let quiet = async {
        until_compared(world).await;
        loop {
            world.sandbox.webhooks().idle().await;
            if remaining(world, &format!("due_at <= {}", instant(world.time.now()))).await.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, quiet).await.is_ok() {
        return Vec::new();
    }
    let mut left = remaining(world, &format!("due_at <= {}", instant(world.time.now()))).await;
    left.push("a look at all this, or at the provider's record, took too long".to_owned());
    left
}

/// What is left to do, of which this is so, and what is under way.
async fn remaining(world: &World, condition: &str) -> Vec<String> {
    let query = format!(
        "SELECT line FROM (
            SELECT due_at, state = 'sent' AS is_held,
                format('effect %s is %s, due at %s after %s claims: %s', key, state, due_at, claims, note) AS line
            FROM designia.effects WHERE state IN ('planned', 'sent', 'unknown')
            UNION ALL
            SELECT due_at, false, format('webhook %s (%s) waits, due at %s after %s claims: %s', id, kind, due_at, claims, note)
            FROM designia.webhook_events WHERE state = 'waiting'
            UNION ALL
            SELECT tick_due_at, false, format('order %s is %s, due at %s', id, status, tick_due_at)
            FROM designia.orders WHERE tick_due_at IS NOT NULL
        ) AS things WHERE is_held OR ({condition}) ORDER BY due_at LIMIT 20"
    );
    world.database.lines(&query).await
}

/// When something is next due, if ever.
async fn next_due(world: &World) -> Option<Timestamp> {
    let query = "SELECT (extract(epoch FROM min(due_at)) * 1000000)::bigint FROM (
        SELECT due_at FROM designia.effects WHERE state IN ('planned', 'sent', 'unknown')
        UNION ALL SELECT due_at FROM designia.webhook_events WHERE state = 'waiting'
        UNION ALL SELECT tick_due_at FROM designia.orders WHERE tick_due_at IS NOT NULL
    ) AS things";
    let rows = world.database.rows::<(Option<i64>,)>(query).await;
    rows[0].0.map(Timestamp::from_micros)
}
