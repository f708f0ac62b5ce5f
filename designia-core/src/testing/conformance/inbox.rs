//! What every [`Inbox`](crate::ports::Inbox) must do. The cases are named for the rules.

pub mod claims;
pub mod comparisons;
pub mod events;
pub mod pages;

/// Runs the suite of [`Inbox`](crate::ports::Inbox) alone: see [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! inbox_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } inbox {
            events {
                an_event_comes_back_as_it_was_accepted,
                a_repeated_event_keeps_the_first_body,
                events_are_told_apart_by_case_and_space,
                of_sixteen_deliveries_at_once_one_is_new,
            }
            claims {
                an_event_is_due_from_when_it_came_in,
                a_claim_hands_out_the_event_with_a_token,
                an_expired_claim_passes_on_with_a_higher_token,
                eight_claimers_share_the_events_without_overlap,
                the_longest_overdue_events_come_first,
                an_ignored_event_is_never_handed_out_again,
                a_dead_event_is_never_handed_out_again,
                an_event_that_came_too_early_is_handed_out_later,
                a_stale_token_settles_nothing,
                a_settled_event_is_not_settled_again,
                a_dead_event_can_be_revived,
                what_is_not_dead_is_not_revived,
                an_event_that_was_settled_is_still_recognised,
            }
            comparisons {
                at_first_nothing_has_been_compared,
                what_was_noted_is_kept,
                a_comparison_is_never_taken_back,
                of_sixteen_notes_at_once_the_latest_stands,
            }
            pages {
                events_come_newest_first_by_state,
                pages_of_any_length_hold_each_event_once,
                events_of_one_moment_are_paged_exactly,
                events_between_two_pages_displace_no_other,
            }
        } }
    };
}
