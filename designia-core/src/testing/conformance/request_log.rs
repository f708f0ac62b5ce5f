//! What every [`RequestLog`](crate::ports::RequestLog) must do. The cases are named for the rules.

pub mod repeats;

/// Runs the suite of [`RequestLog`](crate::ports::RequestLog) on the [`UnderTest`](crate::testing::conformance::UnderTest) that
/// `fresh` makes: see [`cache_conformance!`](crate::cache_conformance). What must live as long as the store is handed over with
/// `guarded_by`.
#[macro_export]
macro_rules! request_log_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { $fresh }
            request_log {
                repeats {
                    an_answer_is_given_back_byte_for_byte,
                    a_request_is_not_begun_again_while_somebody_is_at_work_on_it,
                    who_takes_up_a_request_gets_the_id_of_who_began_it,
                    an_end_that_nobody_knows_can_be_taken_up_at_once,
                    what_did_nothing_leaves_the_key_free,
                    another_request_under_the_key_is_never_begun,
                    accounts_and_keys_are_told_apart,
                    a_late_end_of_an_earlier_turn_changes_nothing,
                    what_is_old_is_forgotten_and_no_more_than_asked_for,
                    of_eight_at_once_one_is_at_work,
                }
            }
        }
    };
}
