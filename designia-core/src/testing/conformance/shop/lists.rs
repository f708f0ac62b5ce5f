//! Lists of products without words.

use crate::catalog::{CategoryId, Condition, PriceScale, Product, ProductDetails, Sale, SearchWords, SoldLine};
use crate::money::Money;
use crate::ports::{PageRequest, ProductOrder, ProductQuery};
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at, detailed, named, numbers};
use crate::testing::fixtures::{currency, euros, order_id, product_id, seller};

fn by(order: ProductOrder) -> ProductQuery {
    ProductQuery { order, ..ProductQuery::default() }
}

/// In pages of every length, and all at once.
async fn is_listed(stores: &ShopStores, query: &ProductQuery, expected: &[u32]) {
    for limit in [1, 2, 100] {
        assert_eq!(stores.found(query, limit).await, expected, "in pages of {limit}: {query:?}");
    }
}

async fn sell(stores: &ShopStores, order: u32, number: u32, quantity: u32) {
    let line = SoldLine { seller: seller(1), product: product_id(number), quantity, total: euros(i64::from(quantity)) };
    let sale = Sale { order: order_id(order), at: at(0), lines: vec![line] };
    assert!(stores.figures.note_sale(&sale).await.expect("the store answers"));
}

/// Six products: of sellers 1 and 2 by turns, some alike in price, rating and sales.
async fn stock_up(stores: &ShopStores) -> [CategoryId; 3] {
    let mut ids = [CategoryId::new(0); 3];
    for (place, name) in ids.iter_mut().zip(["One", "Two", "Three"]) {
        *place = stores.add_category(name, None).await;
    }
    for (number, price) in [(1, 500), (2, 300), (3, 500), (4, 100), (5, 900), (6, 500)] {
        let details = ProductDetails { category: Some(ids[number as usize % 3]), ..ProductDetails::default() };
        stores.put(&Product { price: euros(price), ..detailed(number, "Cup", details) }).await;
    }
    for (number, rating) in [(2, 5), (4, 3), (5, 5), (6, 1)] {
        stores.review(number, 1, rating).await;
    }
    stores.review(5, 2, 4).await;
    sell(stores, 1, 3, 2).await;
    sell(stores, 2, 6, 1).await;
    for liker in 1..=3 {
        let liked = stores.favourites.set_favourite(account(liker), product_id(1), true, at(0)).await;
        assert_eq!(liked.expect("the store answers"), Some(true));
    }
    ids
}

/// Inactive ones are on no list.
pub async fn the_newest_come_first_and_each_once(stores: &ShopStores) {
    stores.shelve(5).await;
    let twin = Product { created_at: at(3), ..named(9, "Twin") };
    stores.put(&twin).await;
    stores.put(&Product { active: false, ..named(4, "Cup 4") }).await;
    is_listed(stores, &by(ProductOrder::Newest), &[5, 9, 3, 2, 1]).await;
}

/// By price, and then by id in the same direction.
pub async fn prices_go_up_and_down_and_equal_ones_come_once(stores: &ShopStores) {
    stock_up(stores).await;
    is_listed(stores, &by(ProductOrder::PriceUp), &[4, 2, 1, 3, 6, 5]).await;
    is_listed(stores, &by(ProductOrder::PriceDown), &[5, 6, 3, 1, 2, 4]).await;
}

/// A product without reviews has no rating; a sale weighs three times what a favourite does.
pub async fn the_best_rated_and_the_popular_come_first(stores: &ShopStores) {
    stock_up(stores).await;
    is_listed(stores, &by(ProductOrder::Rating), &[2, 5, 4, 6, 3, 1]).await;
    is_listed(stores, &by(ProductOrder::Popular), &[3, 6, 1, 5, 4, 2]).await;
    is_listed(stores, &by(ProductOrder::Relevance), &[3, 6, 1, 5, 4, 2]).await;
}

/// In the order of the list, not category after category.
pub async fn a_list_of_categories_holds_what_stands_in_any_of_them(stores: &ShopStores) {
    let [one, two, three] = stock_up(stores).await;
    let within =
        |categories: &[CategoryId]| ProductQuery { categories: categories.to_vec(), ..by(ProductOrder::Newest) };
    is_listed(stores, &within(&[one]), &[6, 3]).await;
    is_listed(stores, &within(&[one, two]), &[6, 4, 3, 1]).await;
    is_listed(stores, &within(&[three, two, one]), &[6, 5, 4, 3, 2, 1]).await;
    is_listed(stores, &within(&[CategoryId::new(999)]), &[]).await;
}

/// Each order has its own statement in some stores.
pub async fn a_list_of_categories_comes_in_every_order(stores: &ShopStores) {
    let [one, two, _] = stock_up(stores).await;
    let within = |order| ProductQuery { categories: vec![one, two], ..by(order) };
    is_listed(stores, &within(ProductOrder::PriceUp), &[4, 1, 3, 6]).await;
    is_listed(stores, &within(ProductOrder::PriceDown), &[6, 3, 1, 4]).await;
    is_listed(stores, &within(ProductOrder::Rating), &[4, 6, 3, 1]).await;
    is_listed(stores, &within(ProductOrder::Popular), &[3, 6, 1, 4]).await;
}

/// Each order has its own statement in some stores.
pub async fn a_list_of_a_seller_comes_in_every_order(stores: &ShopStores) {
    stock_up(stores).await;
    let of = |order| ProductQuery { seller: Some(seller(1)), ..by(order) };
    is_listed(stores, &of(ProductOrder::Newest), &[5, 3, 1]).await;
    is_listed(stores, &of(ProductOrder::PriceUp), &[1, 3, 5]).await;
    is_listed(stores, &of(ProductOrder::PriceDown), &[5, 3, 1]).await;
    is_listed(stores, &of(ProductOrder::Rating), &[5, 3, 1]).await;
    is_listed(stores, &of(ProductOrder::Popular), &[3, 1, 5]).await;
}

/// Only with the seller's name on it does the wider view mean anything.
pub async fn sellers_see_their_inactive_products_and_nobody_else_does(stores: &ShopStores) {
    stores.shelve(3).await;
    stores.put(&Product { active: false, ..named(3, "Cup 3") }).await;
    let own = ProductQuery { seller: Some(seller(1)), seller_view: true, ..ProductQuery::default() };
    is_listed(stores, &own, &[3, 1]).await;
    is_listed(stores, &ProductQuery { seller_view: false, ..own.clone() }, &[1]).await;
    is_listed(stores, &ProductQuery { seller: None, ..own }, &[2, 1]).await;
}

/// Alone and together.
pub async fn every_part_of_a_query_narrows_a_list(stores: &ShopStores) {
    stock_up(stores).await;
    let details = ProductDetails {
        condition: Condition::Fair,
        brand: "Olaria Ñandú".to_owned(),
        tags: vec!["Wabi Sabi".to_owned(), "tea".to_owned()],
        featured: true,
        ..ProductDetails::default()
    };
    stores.put(&Product { price: euros(700), stock: 0, ..detailed(7, "Bowl", details) }).await;
    let query = ProductQuery::default;
    let narrowed = [
        (ProductQuery { conditions: vec![Condition::Fair, Condition::Poor], ..query() }, vec![7]),
        (ProductQuery { brand: Some("OLARIA nandu".to_owned()), ..query() }, vec![7]),
        (ProductQuery { tags: vec!["wabi sabi".to_owned(), "none".to_owned()], ..query() }, vec![7]),
        (ProductQuery { tags: vec!["none".to_owned()], ..query() }, vec![]),
        (ProductQuery { featured: Some(true), ..query() }, vec![7]),
        (ProductQuery { featured: Some(false), in_stock: true, ..query() }, vec![6, 5, 4, 3, 2, 1]),
        (ProductQuery { in_stock: true, conditions: vec![Condition::Fair], ..query() }, vec![]),
        (ProductQuery { price_min: Some(euros(500)), price_max: Some(euros(700)), ..query() }, vec![7, 6, 3, 1]),
        (ProductQuery { price_min: Some(euros(701)), ..query() }, vec![5]),
        (ProductQuery { price_max: Some(euros(299)), ..query() }, vec![4]),
        (ProductQuery { min_rating: Some(4_500), ..query() }, vec![5, 2]),
        (ProductQuery { min_rating: Some(4_501), ..query() }, vec![2]),
        (ProductQuery { seller: Some(seller(2)), price_max: Some(euros(300)), ..query() }, vec![4, 2]),
    ];
    for (query, expected) in narrowed {
        is_listed(stores, &query, &expected).await;
        let count = stores.search.facets(&query).await.expect("the store answers").count;
        assert_eq!(count as usize, expected.len(), "{query:?}");
    }
}

/// Lets every product follow the scales that are set now.
async fn rescale(stores: &ShopStores, scales: &[(&str, i64)]) {
    let scale = |(code, nanos): &(&str, i64)| PriceScale { currency: currency(code), nanos: *nanos };
    let scales: Vec<_> = scales.iter().map(scale).collect();
    stores.search.set_price_scales(&scales).await.expect("the scales are set");
    assert_eq!(stores.search.price_scales().await.expect("the store answers"), scales);
    let (mut after, mut pages) = (None, 0);
    loop {
        after = stores.search.rescale(after, 3).await.expect("the store answers");
        pages += 1;
        if after.is_none() {
            break;
        }
        assert!(pages < 10, "it never ends");
    }
}

fn yen(amount: i64) -> Money {
    Money::new(amount, currency("JPY"))
}

/// A cent of a euro, and 0.0062 euros for a yen.
const SCALES: [(&str, i64); 2] = [("EUR", 10_000_000), ("JPY", 6_200_000)];

/// Products follow a new scale when they are put, and when all are gone through.
pub async fn prices_of_other_currencies_compare_by_their_scales(stores: &ShopStores) {
    for (number, price) in [(1, euros(1_000)), (2, yen(1_000)), (3, yen(3_000)), (4, euros(1_500))] {
        stores.put(&Product { price, ..named(number, "Cup") }).await;
    }
    rescale(stores, &SCALES).await;
    let up = by(ProductOrder::PriceUp);
    is_listed(stores, &up, &[2, 1, 4, 3]).await;
    stores.put(&Product { price: yen(2_000), ..named(5, "Cup") }).await;
    is_listed(stores, &up, &[2, 1, 5, 4, 3]).await;
    is_listed(stores, &by(ProductOrder::PriceDown), &[3, 4, 5, 1, 2]).await;
    let range = ProductQuery { price_min: Some(yen(1_700)), price_max: Some(euros(1_500)), ..up };
    is_listed(stores, &range, &[5, 4]).await;
}

/// Each currency by itself, and behind what can be compared: in both directions, with words and without, for everything, a
/// category and a seller. A bound in another currency lets none of them through, one in their own does.
pub async fn a_price_without_a_scale_goes_last_and_is_compared_with_its_own_currency_alone(stores: &ShopStores) {
    let won = |amount| Money::new(amount, currency("KRW"));
    let prices = [euros(900), won(7), yen(1_000), won(5), euros(100), won(6), yen(1), won(8)];
    for (number, price) in (1..).zip(prices) {
        stores.put(&Product { price, ..named(number, "Cup") }).await;
    }
    let apart = [5, 1, 7, 3, 4, 6, 2, 8];
    is_listed(stores, &by(ProductOrder::PriceUp), &apart).await;
    rescale(stores, &SCALES).await;
    let with_words = |order| ProductQuery { words: SearchWords::new("cup"), ..by(order) };
    for query in [by(ProductOrder::PriceUp), with_words(ProductOrder::PriceUp)] {
        is_listed(stores, &query, &[7, 5, 3, 1, 4, 6, 2, 8]).await;
    }
    for query in [by(ProductOrder::PriceDown), with_words(ProductOrder::PriceDown)] {
        is_listed(stores, &query, &[1, 3, 5, 7, 8, 2, 6, 4]).await;
    }
    let of = |order, number| ProductQuery { seller: Some(seller(number)), ..by(order) };
    is_listed(stores, &of(ProductOrder::PriceUp, 2), &[4, 6, 2, 8]).await;
    is_listed(stores, &of(ProductOrder::PriceDown, 1), &[1, 3, 5, 7]).await;
    for order in [ProductOrder::PriceUp, ProductOrder::PriceDown] {
        let turned = |mut numbers: Vec<u32>| {
            if order == ProductOrder::PriceDown {
                numbers.reverse();
            }
            numbers
        };
        let within = |price_min, price_max| ProductQuery { price_min, price_max, ..by(order) };
        is_listed(stores, &within(Some(euros(1)), None), &turned(vec![5, 3, 1])).await;
        is_listed(stores, &within(None, Some(yen(1_000))), &turned(vec![7, 5, 3])).await;
        is_listed(stores, &within(Some(won(6)), None), &turned(vec![6, 2, 8])).await;
        is_listed(stores, &within(None, Some(won(7))), &turned(vec![4, 6, 2])).await;
        is_listed(stores, &within(Some(euros(1)), Some(won(7))), &[]).await;
    }
    rescale(stores, &[]).await;
    is_listed(stores, &by(ProductOrder::PriceUp), &apart).await;
}

/// The most frequent first.
pub async fn facets_say_what_there_is(stores: &ShopStores) {
    let [one, two, three] = stock_up(stores).await;
    let details =
        ProductDetails { brand: "Olaria".to_owned(), condition: Condition::Good, ..ProductDetails::default() };
    let price = Money::new(900, currency("JPY"));
    stores.put(&Product { price, ..detailed(7, "Cup", details.clone()) }).await;
    stores.put(&Product { active: false, ..detailed(8, "Cup", details) }).await;
    let facets = stores.search.facets(&ProductQuery::default()).await.expect("the store answers");
    assert_eq!((facets.count, facets.is_more), (7, false));
    assert_eq!(facets.categories, [(one, 2), (two, 2), (three, 2)]);
    assert_eq!(facets.conditions, [(Condition::New, 6), (Condition::Good, 1)]);
    assert_eq!(facets.brands, [("Olaria".to_owned(), 1)]);
    assert_eq!(facets.prices, [(euros(100), euros(900)), (price, price)]);
    let within = ProductQuery { categories: vec![two], ..ProductQuery::default() };
    let facets = stores.search.facets(&within).await.expect("the store answers");
    assert_eq!((facets.count, facets.categories), (2, vec![(two, 2)]));
    let own = ProductQuery { seller: Some(seller(2)), seller_view: true, ..ProductQuery::default() };
    assert_eq!(stores.search.facets(&own).await.expect("the store answers").count, 4);
}

/// Neither twice nor not at all.
pub async fn a_product_put_between_two_pages_displaces_no_other(stores: &ShopStores) {
    stores.shelve(4).await;
    let query = by(ProductOrder::Newest);
    let first = stores.search.search(&query, PageRequest { after: None, limit: 2 }).await.expect("the store answers");
    assert_eq!(numbers(&first.rows), [4, 3]);
    stores.put(&named(5, "Cup 5")).await;
    let next = PageRequest { after: first.next, limit: 2 };
    let second = stores.search.search(&query, next).await.expect("the store answers");
    assert_eq!((numbers(&second.rows), second.next), (vec![2, 1], None));
}
