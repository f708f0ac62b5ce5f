//! What every [`Inbox`](crate::ports::Inbox) must do. The cases are named for the rules.

pub mod claims;
pub mod comparisons;
pub mod events;
pub mod figures;
pub mod logs;
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
                a_folded_event_can_be_revived,
                what_waits_is_not_revived,
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
                a_page_without_a_filter_holds_events_in_every_state,
                a_page_of_a_time_holds_what_came_in_then,
                a_page_of_a_kind_holds_that_kind_alone,
            }
            logs {
                one_event_is_found_by_its_id,
                a_log_tells_every_step_in_order,
                a_row_says_what_its_record_would,
                a_log_keeps_the_latest_fifty_steps,
                an_event_that_a_commit_folded_names_the_order,
                the_events_of_an_order_come_oldest_first_and_no_others,
            }
            figures {
                an_empty_inbox_has_no_figures,
                events_are_counted_by_state_and_by_minute,
                a_minute_that_has_passed_is_told_of_for_an_hour,
                dead_events_are_counted_by_kind_and_cause,
                only_so_many_causes_are_told_of,
            }
        } }
    };
}
