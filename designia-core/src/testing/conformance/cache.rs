//! What every [`Cache`](crate::ports::Cache) must do. The cases are named for the rules.

pub mod values;

/// Runs the suite of [`Cache`](crate::ports::Cache). `fresh` is an async function or closure that makes an empty cache,
/// called once per case; `block_on` drives a future to its end, on several threads at once where a case asks for it.
#[macro_export]
macro_rules! cache_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { async || $crate::testing::conformance::UnderTest::of(($fresh)().await) }
            cache {
                values {
                    what_was_put_is_there_until_its_time_is_over,
                    what_was_never_put_is_not_there,
                    what_is_put_again_replaces_value_and_time,
                    what_was_removed_is_gone,
                    any_bytes_under_any_key_survive,
                    keys_are_told_apart_exactly,
                    of_eight_that_put_at_once_one_value_stays_whole,
                }
            }
        }
    };
}
