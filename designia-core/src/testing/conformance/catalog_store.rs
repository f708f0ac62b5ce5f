//! What every [`CatalogStore`](crate::ports::CatalogStore) must do. The cases are named for the rules.

pub mod pages;
pub mod products;

/// Runs the suite of [`CatalogStore`](crate::ports::CatalogStore) alone: see [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! catalog_store_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } catalog_store {
            products {
                a_product_comes_back_as_it_was_put,
                a_product_at_the_edges_survives,
                a_product_that_does_not_exist_is_none,
                an_inactive_product_is_still_found,
                several_products_are_found_at_once,
                two_hundred_products_are_found_at_once,
                putting_a_known_product_changes_all_but_its_stock,
                a_slug_of_another_product_is_refused,
                a_slug_that_was_given_up_is_free,
                a_slug_of_an_inactive_product_is_taken,
                stock_can_be_corrected,
                stock_of_a_product_that_does_not_exist_can_not_be_corrected,
                stock_that_is_released_comes_on_top_of_a_correction,
            }
            pages {
                products_come_by_slug,
                inactive_products_are_on_no_page,
                a_page_begins_behind_a_slug_that_need_not_exist,
                pages_hold_each_product_once,
                products_put_between_two_pages_displace_no_other,
            }
        } }
    };
}
