//! What every [`TaskQueue`](crate::ports::TaskQueue) must do. The cases are named for the rules.

pub mod attempts;
pub mod claiming;
pub mod enqueueing;
pub mod leases;
pub mod restarts;
pub mod revoking;
pub mod settling;
pub mod unique_keys;
pub mod volumes;

/// Runs the suite of [`TaskQueue`](crate::ports::TaskQueue) alone: see [`task_conformance!`](crate::task_conformance).
#[macro_export]
macro_rules! task_queue_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } task_queue {
            enqueueing {
                a_task_comes_back_as_it_was_asked,
                a_task_at_the_edges_survives,
                large_arguments_and_results_survive,
                an_id_is_taken_once,
                an_id_that_ended_is_still_known,
                an_invalid_task_refuses_the_whole_call,
                no_tasks_may_be_enqueued,
                of_sixteen_enqueued_at_once_one_is_new,
            }
            unique_keys {
                a_key_is_taken_while_its_task_waits_runs_or_is_to_be_retried,
                a_key_is_free_however_its_task_ended,
                a_key_is_free_when_its_task_was_poison,
                a_key_is_free_when_its_task_came_too_late,
                a_key_is_taken_across_queues_and_told_apart_exactly,
                of_two_with_one_key_in_one_call_the_first_is_new,
                of_sixteen_with_one_key_at_once_one_is_new,
            }
            claiming {
                a_task_is_due_at_its_time_and_not_before,
                higher_priorities_go_first_then_the_longest_due,
                queues_named_first_go_first,
                only_the_queues_that_were_named_are_claimed_from,
                no_more_is_handed_out_than_was_asked_for,
                eight_claimers_share_the_tasks_without_overlap,
                a_paused_queue_hands_out_nothing_and_goes_on_afterwards,
                a_task_not_started_in_time_is_called_off,
                a_task_that_was_started_in_time_is_not_late,
                what_ends_instead_of_being_handed_out_is_in_nobodys_way,
                the_next_due_task_is_named,
            }
            leases {
                a_claim_has_a_token_and_counts_an_attempt,
                a_lease_that_ran_out_hands_the_task_out_again_at_once,
                a_stale_token_settles_nothing,
                a_stale_token_renews_nothing,
                a_renewed_lease_holds_longer,
                a_report_after_the_lease_counts_while_nobody_took_over,
                a_poison_task_dies_at_its_limit,
                a_clock_fifteen_seconds_ahead_takes_nothing_that_is_renewed,
                a_clock_a_minute_ahead_takes_over_and_the_first_report_is_refused,
                progress_is_stored_and_forgotten_with_its_attempt,
            }
            settling {
                a_success_keeps_its_result,
                a_failure_is_not_tried_again,
                a_retry_is_due_at_the_time_that_was_given,
                the_last_failure_ends_the_task_and_keeps_its_error,
                the_latest_failures_are_kept,
                what_is_handed_back_has_lost_no_attempt,
                what_was_moved_is_gone,
                what_was_never_claimed_is_not_settled,
                a_claim_is_settled_once,
                one_stale_settlement_does_not_hinder_the_others,
                an_exchange_settles_before_it_claims,
            }
            revoking {
                a_waiting_task_that_is_called_off_never_runs,
                a_running_task_is_told_that_it_was_called_off,
                a_task_called_off_while_it_ran_is_not_tried_again,
                a_task_that_succeeded_all_the_same_has_succeeded,
                a_task_called_off_whose_worker_vanished_is_called_off,
                what_ended_is_not_called_off,
            }
            attempts {
                a_row_lives_as_its_record_says,
            }
            volumes {
                fifty_thousand_due_at_once_are_handed_out_once_each,
                fifty_thousand_for_later_are_in_nobodys_way,
            }
            restarts {
                a_restart_under_load_loses_nothing_and_completes_nothing_twice,
            }
        } }
    };
}
