//! What every [`RateStore`](crate::ports::RateStore) must do. The cases are named for the rules.

pub mod batches;
pub mod ranges;
pub mod refusals;

/// Runs the suite of [`RateStore`](crate::ports::RateStore) alone: see [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! rate_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } rate_store {
            batches {
                without_batches_there_are_no_rates,
                a_batch_comes_back_exactly,
                a_batch_at_the_edges_survives,
                a_batch_of_every_currency_survives,
                a_batch_may_be_saved_again,
                no_batches_may_be_saved,
                the_latest_batch_is_of_the_latest_day,
                a_past_day_has_its_own_rates_or_the_last_before_it,
                of_two_batches_for_a_day_the_one_fetched_later_counts,
                of_two_publishers_the_one_fetched_last_is_the_latest,
                batches_saved_at_once_are_all_there,
                a_history_is_saved_in_one_call,
            }
            ranges {
                a_range_of_days_is_told_oldest_first,
                a_range_holds_its_first_and_last_day_and_no_other,
                of_each_day_a_range_holds_the_batch_that_counts,
                a_range_that_is_too_long_is_refused,
            }
            refusals {
                refusals_are_told_newest_first,
                a_refusal_that_is_noted_again_is_there_once,
                old_refusals_make_room_for_new_ones,
                refusals_noted_at_once_are_all_there,
            }
        } }
    };
}
