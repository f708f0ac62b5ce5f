//! What every [`OrderQueries`](crate::ports::OrderQueries) must do. The cases are named for the rules.

pub mod books;
pub mod counts;
pub mod histories;
pub mod pages;

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
        } }
    };
}
