//! What every store of a catalogue must do: products and categories, finding them, reviews, favourites, carts and figures. The
//! cases are named for the rules.

pub mod carts;
pub mod categories;
pub mod favourites;
pub mod figures;
pub mod lists;
pub mod offers;
pub mod opinions;
pub mod words;

/// Runs the suite of a catalogue on the [`ShopStores`](crate::testing::conformance::ShopStores) that `fresh` makes, like
/// [`store_conformance!`](crate::store_conformance).
#[macro_export]
macro_rules! shop_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! { { $block_on } { $fresh } shop {
            offers {
                every_detail_comes_back_as_it_was_put,
                a_card_says_what_the_product_says,
                a_product_is_added_once,
                a_change_names_the_version_that_it_was_made_from,
                of_eight_who_change_a_product_at_once_one_does,
                a_change_leaves_stock_age_and_figures_alone,
                stock_that_moves_is_no_new_version,
                what_can_not_be_changed_says_why,
            }
            categories {
                a_category_comes_back_as_it_was_put,
                a_category_is_never_part_of_itself,
                a_slug_belongs_to_one_category,
                a_product_stands_in_a_category_that_there_is,
                active_products_are_counted_in_their_category,
            }
            lists {
                the_newest_come_first_and_each_once,
                prices_go_up_and_down_and_equal_ones_come_once,
                the_best_rated_and_the_popular_come_first,
                a_list_of_categories_holds_what_stands_in_any_of_them,
                a_list_of_categories_comes_in_every_order,
                a_list_of_a_seller_comes_in_every_order,
                sellers_see_their_inactive_products_and_nobody_else_does,
                every_part_of_a_query_narrows_a_list,
                prices_of_other_currencies_compare_by_their_scales,
                a_price_without_a_scale_goes_last_and_is_compared_with_its_own_currency_alone,
                facets_say_what_there_is,
                a_product_put_between_two_pages_displaces_no_other,
            }
            words {
                all_words_must_be_there_and_the_last_may_be_a_beginning,
                words_are_found_in_all_texts_whatever_their_case_and_marks,
                operators_are_words_like_others,
                a_name_goes_before_a_brand_and_that_before_a_description,
                what_has_the_words_comes_in_every_order,
                what_has_the_words_can_be_narrowed,
                what_is_changed_is_found_by_its_new_words_only,
                names_and_brands_are_suggested_the_popular_first,
            }
            opinions {
                a_review_comes_back_as_it_was_written,
                an_account_reviews_a_product_once,
                of_eight_reviews_of_one_account_at_once_one_is_kept,
                no_rating_is_lost_whoever_reviews_at_once,
                a_rating_follows_what_is_changed_and_removed,
                a_removed_review_is_on_no_page_and_leaves_room_for_another,
                reviews_come_in_every_order_and_each_once,
                a_review_is_changed_at_its_version_only,
                a_vote_counts_once_and_can_be_taken_back,
                nobody_votes_for_their_own_review_or_a_removed_one,
                a_review_that_breaks_a_rule_is_refused,
            }
            favourites {
                a_favourite_is_one_once,
                no_favourite_is_lost_whoever_likes_at_once,
                favourites_come_newest_first_and_each_once,
                favourites_are_found_among_many_at_once,
                an_account_that_goes_takes_its_favourites_along,
            }
            carts {
                a_cart_comes_back_as_it_was_saved,
                a_cart_is_saved_over_its_version_only,
                of_eight_who_save_a_cart_at_once_one_does,
                a_full_cart_is_kept_and_a_fuller_one_refused,
                a_cart_that_was_forgotten_is_empty,
            }
            figures {
                what_happens_is_counted_on_its_day,
                no_look_is_lost_whoever_looks_at_once,
                a_sale_counts_once_for_each_of_its_sellers,
                what_sold_most_comes_first,
                products_of_a_seller_are_counted,
                orders_of_a_seller_are_counted_by_status,
            }
        } }
    };
}
