//! What every [`ObjectStorage`](crate::ports::ObjectStorage) must do. The cases are named for the rules.

pub mod files;

/// Runs the suite of [`ObjectStorage`](crate::ports::ObjectStorage). `fresh` is an async function or closure that makes an empty
/// storage, called once per case; `block_on` drives a future to its end, on several threads at once where a case asks for it.
#[macro_export]
macro_rules! object_storage_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { async || $crate::testing::conformance::UnderTest::of(($fresh)().await) }
            object_storage {
                files {
                    what_was_put_is_there_byte_for_byte,
                    what_was_never_put_is_not_there,
                    what_is_put_again_replaces_what_was_there,
                    what_was_deleted_is_gone_and_may_be_deleted_again,
                    keys_are_told_apart_exactly,
                    a_key_below_another_is_another_file,
                    of_eight_that_put_at_once_one_file_stays_whole,
                }
            }
        }
    };
}
