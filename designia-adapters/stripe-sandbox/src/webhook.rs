//! Webhooks: which endpoint is owed which event, how a delivery is signed, and the task that sends them.

pub(crate) mod queue;
pub(crate) mod sender;
pub(crate) mod signature;

use crate::fault::{FaultKind, Faults};
use crate::world::World;
use queue::Delivery;

/// Turns events that nobody has been told of into deliveries, with whatever faults are in force.
pub(crate) fn announce(world: &mut World, now: i64, faults: &Faults) {
    for id in std::mem::take(&mut world.unannounced) {
        let Some(event) = world.events.get(&id).cloned() else { continue };
        let endpoints: Vec<String> =
            world.endpoints.iter().filter(|endpoint| endpoint.wants(&event.kind)).map(|e| e.id.clone()).collect();
        if endpoints.is_empty() {
            continue;
        }
        let faults = faults.for_event(&event.kind, &id);
        let mut told = vec![id];
        if faults.contains(&FaultKind::WebhookTwin) {
            // Stripe itself sometimes makes two events of one change.
            let mut twin = event;
            twin.id = world.ids.next("evt_");
            told.push(twin.id.clone());
            world.events.push(twin);
        }
        for (event, endpoint) in told.iter().flat_map(|event| endpoints.iter().map(move |endpoint| (event, endpoint))) {
            let delivery = faults.iter().fold(Delivery::new(event, endpoint, now), Delivery::under);
            if faults.contains(&FaultKind::WebhookDuplicate) {
                world.queue.push(delivery.clone());
            }
            world.queue.push(delivery);
        }
    }
}
