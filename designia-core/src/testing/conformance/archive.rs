//! What every [`Export`](crate::ports::Export) and [`Import`](crate::ports::Import) must do. The cases are named for the
//! rules.

pub mod copies;
pub mod imports;
pub mod pages;
pub mod records;
mod shop;
mod subject;

pub use subject::{Archives, Everything};

/// Runs the suite of [`Export`](crate::ports::Export) and [`Import`](crate::ports::Import) on the
/// [`Archives`](crate::testing::conformance::archive::Archives) that `fresh` makes: an async function or closure without
/// arguments, called once per case.
#[macro_export]
macro_rules! archive_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } archive {
            pages {
                an_empty_store_has_nothing_to_give,
                pages_of_any_length_hold_everything_once,
                pages_come_by_rising_key,
                an_order_comes_with_all_that_belongs_to_it,
                an_account_comes_with_all_that_belongs_to_it_but_sessions_and_challenges,
                inactive_products_are_given_away_with_their_stock,
                totals_count_what_the_pages_hold,
                totals_show_every_change,
            }
            imports {
                a_page_may_be_imported_again,
                another_product_under_an_id_is_refused_by_name,
                another_product_under_a_slug_is_refused_by_name,
                another_order_under_an_id_is_refused_by_name,
                an_order_that_was_copied_and_has_changed_since_is_refused_by_name,
                another_webhook_event_under_an_id_is_refused_by_name,
                other_rates_of_a_day_are_refused_by_name,
                another_account_under_an_id_is_refused_by_name,
                an_account_that_takes_anothers_name_is_refused,
                an_account_with_anothers_part_is_refused,
                another_value_of_a_setting_is_refused_by_name,
                a_refused_page_leaves_no_trace,
                an_order_without_its_whole_history_is_refused,
                an_order_with_anothers_part_is_refused,
                an_order_comes_after_its_products,
                an_event_comes_after_its_order,
                progress_is_kept_and_is_no_setting,
            }
            copies {
                a_copy_leaves_an_equal_trace,
                a_copy_gives_away_what_it_was_given,
                nothing_follows_from_an_import,
                stock_is_copied_as_it_is,
                a_claimed_effect_is_settled_by_the_claim_that_was_copied,
                a_claimed_webhook_event_is_settled_by_the_claim_that_was_copied,
                a_webhook_event_that_was_copied_is_not_accepted_again,
                a_request_is_recognised_after_the_copy,
                what_was_due_is_due_after_the_copy,
                an_order_goes_on_where_it_was,
                a_movement_that_was_copied_is_not_applied_again,
                an_order_is_located_by_its_names_after_the_copy,
                rates_are_used_after_the_copy,
                an_account_goes_on_where_it_was_after_its_owner_has_logged_in_again,
            }
            records {
                whatever_is_asked_is_answered_as_before_the_copy,
                a_shop_goes_on_where_it_was,
                records_of_any_page_length_make_the_same_copy,
                another_record_under_a_key_is_refused_by_name,
                a_record_that_takes_anothers_place_is_refused,
                a_record_comes_after_what_it_refers_to,
            }
        } }
    };
}
