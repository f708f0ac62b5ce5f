//! What every [`OrderStore`](crate::ports::OrderStore) must do. The cases are named for the rules.

pub mod commits;
pub mod deadlines;
pub mod effects;
pub mod references;
pub mod requests;
pub mod round_trips;
pub mod stock;
pub mod webhooks;

/// Runs the suite of [`OrderStore`](crate::ports::OrderStore) alone: see [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! order_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } order_store {
            commits {
                an_order_that_does_not_exist_is_none,
                commits_follow_one_another,
                an_order_that_exists_is_not_created_again,
                an_order_that_does_not_exist_can_not_be_changed,
                a_stale_version_is_a_conflict_and_leaves_no_trace,
                a_version_from_the_future_is_a_conflict,
                of_sixteen_commits_against_one_version_exactly_one_wins,
                of_sixteen_placements_under_one_id_exactly_one_wins,
                commits_of_different_orders_all_win,
                events_that_skip_a_number_are_invalid,
                an_order_that_its_events_do_not_lead_to_is_invalid,
                a_commit_without_events_leaves_the_order_alone,
                a_commit_without_events_still_compares_the_version,
            }
            round_trips {
                an_order_survives_at_every_step_of_every_life,
                every_event_and_its_cause_survive_in_order,
                the_stored_history_replays_to_the_stored_order,
                every_planned_effect_survives,
                minor_units_and_microseconds_survive_at_the_edges,
                what_was_left_out_stays_left_out,
            }
            stock {
                placing_an_order_reserves_its_stock,
                cancelling_an_order_releases_its_stock,
                no_unit_is_lost_in_any_life,
                too_little_stock_refuses_naming_the_product_and_what_is_left,
                stock_can_be_reserved_down_to_nothing,
                a_product_that_does_not_exist_is_out_of_stock,
                of_sixteen_orders_for_five_units_exactly_five_win,
                a_movement_is_not_applied_twice,
                a_movement_is_not_applied_twice_in_one_commit,
                stock_is_reserved_and_released_again_in_another_round,
                stock_of_an_inactive_product_is_released,
            }
            requests {
                a_repeated_request_is_told_its_order_and_what_was_asked,
                a_repetition_is_recognised_when_the_first_took_the_last_of_the_stock,
                a_repetition_is_recognised_when_its_order_has_changed_since,
                a_request_about_an_order_is_answered_once,
                the_same_key_of_another_buyer_is_another_request,
                keys_are_told_apart_by_case_and_space,
                a_refused_commit_does_not_use_up_its_key,
                a_conflict_does_not_use_up_the_key,
                of_sixteen_repetitions_at_once_one_is_carried_out_and_the_others_are_told,
            }
            references {
                an_order_is_located_by_either_name_of_an_attempt,
                an_order_is_located_by_a_name_that_it_learned_later,
                an_unknown_name_locates_nothing,
                a_session_of_another_order_is_refused_and_leaves_no_trace,
                a_payment_of_another_order_is_refused_and_leaves_no_trace,
                a_refund_of_another_order_is_refused_and_leaves_no_trace,
                a_name_that_two_attempts_of_an_order_share_is_invalid,
                an_order_keeps_its_names,
                of_eight_orders_that_learn_one_name_at_once_exactly_one_wins,
            }
            deadlines {
                an_order_is_due_when_its_next_tick_is,
                what_is_due_is_changed_as_a_commit_changes_it,
                an_order_that_can_not_be_changed_holds_up_no_other,
                a_change_of_what_is_due_carries_whatever_a_commit_may,
                eight_sweepers_change_each_order_once,
                an_order_of_which_nothing_was_made_is_due_again_when_the_claim_runs_out,
                eight_claimers_share_the_due_orders_without_overlap,
                the_longest_overdue_orders_come_first,
                a_commit_moves_the_deadline,
                a_commit_counts_for_more_than_a_claim,
                a_commit_without_events_leaves_a_claim_alone,
                an_order_that_waits_for_nothing_is_never_due,
                deadlines_know_no_clock_but_the_callers,
            }
            effects {
                an_effect_is_due_from_when_it_was_planned,
                a_first_claim_says_that_nothing_was_sent_before,
                a_claimed_effect_is_recorded_as_sent,
                eight_claimers_share_the_due_effects_without_overlap,
                an_expired_claim_passes_on_with_a_higher_token_and_the_time_of_the_first,
                the_longest_overdue_effects_come_first,
                the_effects_of_one_order_can_be_claimed_alone,
                what_was_not_sent_is_planned_again_for_later,
                what_is_unknown_is_asked_about_later,
                what_is_done_or_refused_is_never_handed_out_again,
                a_stale_token_settles_nothing,
                a_late_answer_counts_while_nobody_else_has_claimed,
                a_settled_effect_is_not_settled_again,
                what_nobody_has_claimed_can_not_be_settled,
                a_commit_settles_an_effect_together_with_what_follows,
                a_commit_settles_an_effect_with_any_outcome,
                a_commit_without_events_settles_an_effect,
                a_commit_with_a_stale_token_leaves_no_trace,
                a_commit_that_settles_what_is_settled_leaves_no_trace,
                a_conflict_leaves_the_effect_claimed,
                an_effect_is_not_planned_twice,
                a_row_lives_as_its_record_says,
                a_commit_says_what_came_of_the_call_that_it_settles,
                the_latest_fifty_calls_of_an_effect_are_kept,
            }
            webhooks {
                a_commit_folds_its_event,
                a_commit_without_events_folds_its_event,
                a_stale_mark_leaves_no_trace,
                a_folded_event_is_not_folded_again,
                an_event_that_was_never_accepted_can_not_be_folded,
                a_conflict_leaves_the_event_claimed,
            }
        } }
    };
}
