//! The web client's calls in its own words: the paths, bodies and field names that it sends and reads. `docs/client-compatibility.md`
//! lists every call with what became of it, and names these tests.

mod breaks;
mod calls;
mod main_journey;
mod reads;
mod sockets;
mod story;

use crate::support::{Place, on_every_database};

on_every_database! {
    the_main_journey_works_in_the_clients_own_words,
}

async fn the_main_journey_works_in_the_clients_own_words(place: &Place) {
    Box::pin(main_journey::walk(place)).await;
}
