//! What every [`Broadcast`](crate::ports::Broadcast) must do. The cases are named for the rules.

pub mod messages;

/// Runs the suite of [`Broadcast`](crate::ports::Broadcast): see [`cache_conformance!`](crate::cache_conformance).
#[macro_export]
macro_rules! broadcast_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { async || $crate::testing::conformance::UnderTest::of(($fresh)().await) }
            broadcast {
                messages {
                    every_subscriber_receives_what_is_published,
                    a_subscriber_receives_its_channel_alone,
                    what_was_published_before_is_not_received,
                    any_bytes_survive,
                    nobody_has_to_listen,
                    messages_of_a_publisher_come_in_its_order,
                    whoever_is_too_slow_receives_all_or_is_told,
                }
            }
        }
    };
}
