//! What every [`OrderQueries`](crate::ports::OrderQueries) must do. The cases are named for the rules.

pub mod agendas;
pub mod books;
pub mod counts;
pub mod figures;
pub mod histories;
pub mod lookups;
pub mod open_effects;
pub mod pages;
pub mod payments;
pub mod ranges;

/// Runs the suite of [`OrderQueries`](crate::ports::OrderQueries) alone: see [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! order_queries_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } order_queries {
            pages {
                a_page_of_nothing_is_empty,
                orders_come_newest_first_and_as_they_are,
                a_page_is_as_long_as_was_asked,
                pages_of_any_length_hold_each_order_once,
                orders_of_one_moment_are_paged_exactly,
                orders_placed_between_two_pages_displace_no_other,
                a_buyers_page_holds_that_buyers_orders,
                a_sellers_page_holds_the_orders_with_a_part_of_that_seller,
                a_page_by_status_follows_the_orders,
                filters_can_be_combined,
                a_change_does_not_move_an_order_to_another_page,
                a_cursor_survives_its_text_form,
                a_cursor_that_names_no_order_id_is_invalid,
                a_cursor_is_a_place_and_not_an_order,
            }
            ranges {
                orders_can_be_asked_for_by_when_they_were_placed,
                dates_hold_together_with_every_other_filter,
                dates_that_leave_nothing_between_them_leave_nothing,
                a_cursor_goes_on_between_the_dates,
                orders_can_be_asked_for_by_what_they_cost,
                an_amount_is_of_one_currency,
                a_total_holds_together_with_every_other_filter,
                pages_by_total_hold_each_order_once,
            }
            agendas {
                an_agenda_of_nothing_is_empty,
                every_agenda_follows_the_orders_through_every_life,
                an_agenda_is_told_by_deadline_and_not_by_age,
                deadlines_of_one_moment_are_paged_exactly,
                a_postponed_order_is_on_the_timers_agenda_when_the_claim_runs_out,
                what_was_changed_when_it_was_due_is_where_it_belongs_then,
                a_refused_commit_moves_nothing_on_an_agenda,
                a_cursor_of_an_agenda_that_names_no_order_is_invalid,
            }
            figures {
                an_empty_store_has_no_figures,
                figures_follow_the_orders_through_every_life,
                deadlines_are_counted_by_the_hour_in_which_they_fall,
                what_is_overdue_is_counted_until_it_waits_no_longer,
                what_was_earned_is_told_by_day_and_currency,
                a_refund_counts_when_it_has_gone_and_not_before,
                a_refund_that_comes_back_is_taken_from_the_day_on_which_it_does,
                a_refund_made_past_us_counts_like_ours,
            }
            lookups {
                a_refund_that_nobody_heard_of_is_of_no_order,
                an_order_is_found_by_the_name_of_its_refund,
                an_order_is_found_by_the_name_of_a_refund_made_past_us,
            }
            histories {
                an_order_that_does_not_exist_has_no_history_and_no_effects,
                a_history_is_told_oldest_first_with_its_causes,
                effects_are_told_oldest_first,
                histories_are_kept_apart,
            }
            counts {
                an_empty_store_counts_nothing,
                orders_are_counted_by_status,
                effects_are_counted_by_state,
                the_longest_overdue_order_is_named,
                a_postponed_order_is_overdue_only_when_its_time_has_come,
                the_longest_overdue_effect_is_named,
            }
            books {
                empty_books_balance,
                the_trial_balance_sums_the_journals_and_sums_to_zero,
                captured_money_is_the_providers_debit_and_the_buyers_credit,
                each_currency_balances_by_itself,
                a_refused_commit_books_nothing,
                a_journal_is_not_booked_twice,
            }
            open_effects {
                effects_come_by_state_the_earliest_due_first,
                refused_effects_come_latest_first,
                pages_of_any_length_hold_each_effect_once,
                effects_that_are_done_are_on_no_page,
                a_cursor_that_names_no_effect_is_invalid,
            }
            payments {
                orders_are_listed_by_the_state_of_their_payments_through_every_life,
                pages_of_payments_of_any_length_hold_each_order_once,
            }
        } }
    };
}
