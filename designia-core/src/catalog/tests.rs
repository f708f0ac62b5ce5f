//! The rules of the catalogue.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{AccountId, ProductId};
use crate::money::{Currency, Money};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_795_348_800_000_007);

fn id(number: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(number))
}

fn cart() -> Cart {
    Cart::empty(AccountId::from_uuid(Uuid::from_u128(9)))
}

fn add(product: u128, quantity: u32) -> CartChange {
    CartChange::Add { product: id(product), quantity }
}

#[test]
fn a_slug_is_the_name_and_the_end_of_the_id() {
    let id = id(0x0190_0000_0000_7000_8000_0000_dead_beef);
    assert_eq!(slug("Moon jar", id), "moon-jar-deadbeef");
    assert_eq!(slug("  Crème brûlée – 50% 'off' ", id), "creme-brulee-50-off-deadbeef");
    assert_eq!(slug("月の壺", id), "deadbeef");
    assert_eq!(slug_with("Home & garden", ""), "home-garden");
}

#[test]
fn the_longest_name_still_has_a_slug_that_fits() {
    let name = "An oak table of the year 1884 ".repeat(20);
    let slug = slug(&name, id(0xdead_beef));
    assert!(slug.len() <= MAX_SLUG && slug.ends_with("-deadbeef"), "{slug}");
}

proptest! {
    #[test]
    fn every_slug_is_made_of_letters_digits_and_single_hyphens(name in ".{0,300}", number: u128) {
        let slug = slug(&name, id(number));
        prop_assert!(!slug.is_empty() && slug.len() <= MAX_SLUG);
        prop_assert!(slug.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'));
        prop_assert!(!slug.contains("--") && !slug.starts_with('-') && !slug.ends_with('-'));
    }

    #[test]
    fn words_hold_nothing_but_letters_and_digits(typed in ".{0,300}") {
        let words = SearchWords::new(&typed);
        prop_assert!(words.iter().count() <= MAX_SEARCH_WORDS);
        prop_assert!(words.iter().all(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric)));
    }
}

#[test]
fn words_are_found_whatever_their_case_and_marks() {
    let text = search_text("Crème «BRÛLÉE», 2×");
    assert_eq!(text, "creme brulee 2");
    assert!(SearchWords::new("brulee CRÈME").are_in(&text));
    assert!(SearchWords::new("creme bru").are_in(&text));
    assert!(!SearchWords::new("bru creme").are_in(&text), "only the last word may be a beginning");
    assert!(SearchWords::new("\" * ( -").is_empty());
}

#[test]
fn a_cart_holds_each_product_once() {
    let cart = cart().after(&add(1, 2), NOW).unwrap().after(&add(1, 3), NOW).unwrap();
    assert_eq!((cart.lines.len(), cart.pieces()), (1, 5));
}

#[test]
fn a_cart_holds_from_1_to_999_of_a_product_and_a_hundred_products() {
    for quantity in [0, 1_000, u32::MAX] {
        assert_eq!(cart().after(&add(1, quantity), NOW), Err(CartRefusal::Quantity(quantity)));
    }
    let almost = cart().after(&add(1, 998), NOW).unwrap();
    assert_eq!(almost.after(&add(1, 2), NOW), Err(CartRefusal::Quantity(1_000)));
    let full = (0..100).fold(cart(), |cart, number| cart.after(&add(number, 1), NOW).unwrap());
    assert_eq!(full.after(&add(100, 1), NOW), Err(CartRefusal::Full));
    assert_eq!(full.after(&add(99, 1), NOW).unwrap().pieces(), 101);
}

#[test]
fn only_what_is_in_a_cart_can_be_counted_anew() {
    let set = CartChange::Set { product: id(1), quantity: 4 };
    assert_eq!(cart().after(&set, NOW), Err(CartRefusal::NotThere(id(1))));
    assert_eq!(cart().after(&add(1, 9), NOW).unwrap().after(&set, NOW).unwrap().quantity_of(id(1)), 4);
}

#[test]
fn merging_a_guests_cart_twice_is_merging_it_once() {
    let merge = CartChange::Merge { lines: vec![(id(1), 5), (id(2), 0), (id(3), 5_000)] };
    let once = cart().after(&add(1, 2), NOW).unwrap().after(&merge, NOW).unwrap();
    assert_eq!(once.lines.iter().map(|it| it.quantity).collect::<Vec<_>>(), [5, 1, 999]);
    assert_eq!(once.after(&merge, NOW).unwrap(), once);
    let many = CartChange::Merge { lines: (0..200).map(|number| (id(number), 1)).collect() };
    assert_eq!(cart().after(&many, NOW).unwrap().lines.len(), MAX_CART_LINES);
}

#[test]
fn an_average_is_exact_to_the_hundredth() {
    assert_eq!(Rating { sum: 13, count: 3 }.to_string(), "4.33");
    assert_eq!(Rating { sum: 14, count: 3 }.to_string(), "4.67");
    assert_eq!((Rating::default().to_string(), Rating::default().hundredths()), ("0.00".to_owned(), None));
}

#[test]
fn prices_of_one_currency_compare_exactly_and_the_greatest_does_not_overflow() {
    let euros = |minor| PriceScale::key_of(Money::new(minor, Currency::EUR), Some(10_000_000));
    assert_eq!(euros(1_999), 19_990_000_000);
    assert!(euros(1_999) < euros(2_000));
    assert!(euros(i64::MAX) <= PriceScale::MAX_KEY);
    let yen: Currency = "JPY".parse().unwrap();
    let scale = PriceScale { currency: yen, nanos: 6_200_000 };
    assert!(scale.key(Money::new(2_400, yen)) < euros(1_999));
}

#[test]
fn a_price_without_a_rate_goes_last_and_is_compared_with_its_own_currency_alone() {
    let yen: Currency = "JPY".parse().unwrap();
    let apart = |minor, currency| PriceScale::key_of(Money::new(minor, currency), None);
    let euros = |minor| PriceScale::key_of(Money::new(minor, Currency::EUR), Some(10_000_000));
    assert!(apart(1, yen) < apart(2, yen) && apart(i64::MAX, Currency::EUR) < apart(0, yen));
    for currency in Currency::all() {
        let (cheap, dear) = (apart(0, currency), apart(i64::MAX, currency));
        assert!(euros(i64::MAX) < cheap && cheap < dear, "{currency}");
        assert!(PriceScale::falling(dear) < euros(0) && PriceScale::falling(cheap) < PriceScale::falling(dear));
        assert_eq!(PriceScale::rising(PriceScale::falling(dear)), dear);
        assert_eq!(PriceScale::range(Some(cheap + 7), None), (Some(cheap + 7), Some(dear)));
        assert_eq!(PriceScale::range(None, Some(cheap + 7)), (Some(cheap), Some(cheap + 7)));
    }
    assert_eq!(PriceScale::rising(PriceScale::falling(euros(7))), euros(7));
    assert_eq!(PriceScale::range(Some(euros(7)), None), (Some(euros(7)), Some(PriceScale::MAX_KEY)));
    let (from, to) = PriceScale::range(Some(euros(7)), Some(apart(9, yen)));
    assert!(from > to, "nothing can be compared with both");
    assert_eq!(PriceScale::range(None, None), (None, None));
}

#[test]
fn a_category_is_never_part_of_itself() {
    let category = |id, parent: Option<u32>| Category {
        id: CategoryId::new(id),
        name: id.to_string(),
        slug: id.to_string(),
        description: String::new(),
        parent: parent.map(CategoryId::new),
        active: true,
        products: 1,
    };
    let tree = CategoryTree::new([category(1, None), category(2, Some(1)), category(3, Some(2)), category(4, None)]);
    let number = CategoryId::new;
    assert_eq!(tree.with_parts([number(1)]), [number(1), number(2), number(3)]);
    assert_eq!(tree.products_within(number(2)), 2);
    assert!(!tree.may_move(number(1), Some(number(3))) && !tree.may_move(number(1), Some(number(1))));
    assert!(tree.may_move(number(3), Some(number(4))) && tree.may_move(number(3), None));
    assert!(!tree.may_move(number(3), Some(number(5))), "there is no such category");
}

#[test]
fn suggestions_need_two_letters_of_the_word_that_is_being_typed() {
    for (typed, expected) in
        [("b", ""), ("bo", "bo"), ("tea b", "tea"), ("tea bo", "tea bo"), ("a !", ""), ("茶", "茶")]
    {
        let words = SearchWords::new(typed).for_suggestions();
        assert_eq!(words, SearchWords::new(expected), "{typed}");
    }
}
