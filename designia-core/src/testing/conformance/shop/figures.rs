//! What sellers see of their shops.

use std::sync::Arc;

use crate::catalog::{Activity, ActivityTotals, Product, Sale, SoldLine};
use crate::money::Money;
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at, named, numbers};
use crate::testing::fixtures::{NOW, currency, euros, order_id, product_id, seller};
use crate::time::{DAY, Timestamp};

async fn note(stores: &ShopStores, activity: Activity, products: &[u32], at: Timestamp) {
    let products: Vec<_> = products.iter().map(|number| product_id(*number)).collect();
    stores.figures.note_activity(activity, &products, at).await.expect("the store answers");
}

async fn totals(stores: &ShopStores, of: u32, days: i64) -> ActivityTotals {
    let from = (days < i64::MAX).then(|| Timestamp::from_micros(NOW.as_micros() - days * 86_400_000_000).date());
    stores.figures.totals_of(seller(of), from, NOW.date()).await.expect("the store answers")
}

/// Days are those of the moments handed in; what doesn't exist counts nowhere.
pub async fn what_happens_is_counted_on_its_day(stores: &ShopStores) {
    stores.shelve(3).await;
    note(stores, Activity::View, &[1, 2, 9], NOW).await;
    note(stores, Activity::View, &[1, 3], NOW).await;
    note(stores, Activity::Click, &[1], NOW).await;
    note(stores, Activity::CartAdd, &[3], NOW).await;
    note(stores, Activity::View, &[1], Timestamp::from_micros(NOW.as_micros() - 172_800_000_000)).await;
    note(stores, Activity::View, &[1], NOW + DAY).await;
    let liked = stores.favourites.set_favourite(account(1), product_id(1), true, NOW).await;
    assert_eq!(liked.expect("the store answers"), Some(true));
    let today = ActivityTotals { views: 3, clicks: 1, cart_adds: 1, favourites: 1, ..ActivityTotals::default() };
    assert_eq!(totals(stores, 1, 0).await, today);
    assert_eq!(totals(stores, 1, 1).await, today);
    assert_eq!(totals(stores, 1, 2).await, ActivityTotals { views: 4, ..today.clone() });
    assert_eq!(totals(stores, 1, i64::MAX).await, ActivityTotals { views: 4, ..today });
    assert_eq!(totals(stores, 2, 0).await, ActivityTotals { views: 1, ..ActivityTotals::default() });
    assert_eq!(totals(stores, 3, 0).await, ActivityTotals::default());
    let figures = stores.load(1).await.figures;
    assert_eq!((figures.views, figures.clicks, figures.favourites), (4, 1, 1));
}

/// It is an increment, not a number that somebody read before.
pub async fn no_look_is_lost_whoever_looks_at_once(stores: &ShopStores) {
    stores.shelve(2).await;
    let look = |number: u32| {
        let figures = Arc::clone(&stores.figures);
        async move {
            // Some name them the other way round.
            let products = if number.is_multiple_of(2) { [1, 2] } else { [2, 1] };
            for _ in 0..5 {
                let noted = figures.note_activity(Activity::View, &products.map(product_id), NOW).await;
                noted.expect("the store answers");
            }
        }
    };
    stores.at_once(8, look).await;
    assert_eq!((stores.load(1).await.figures.views, stores.load(2).await.figures.views), (40, 40));
    assert_eq!((totals(stores, 1, 0).await.views, totals(stores, 2, 0).await.views), (40, 40));
}

/// However often it is told.
pub async fn a_sale_counts_once_for_each_of_its_sellers(stores: &ShopStores) {
    stores.shelve(3).await;
    let yen = Money::new(900, currency("JPY"));
    let line = |number: u32, quantity, total| SoldLine {
        seller: seller(2 - number % 2),
        product: product_id(number),
        quantity,
        total,
    };
    let first = Sale {
        order: order_id(1),
        at: at(0),
        lines: vec![line(1, 2, euros(500)), line(2, 1, euros(70)), line(3, 4, euros(30))],
    };
    let second = Sale { order: order_id(2), at: at(1), lines: vec![line(1, 1, yen)] };
    for (sale, is_new) in [(&first, true), (&first, false), (&second, true), (&second, false)] {
        assert_eq!(stores.figures.note_sale(sale).await.expect("the store answers"), is_new);
    }
    let expected = ActivityTotals { orders: 2, sold: 7, revenue: vec![euros(530), yen], ..ActivityTotals::default() };
    assert_eq!(totals(stores, 1, 0).await, expected);
    let expected = ActivityTotals { orders: 1, sold: 1, revenue: vec![euros(70)], ..ActivityTotals::default() };
    assert_eq!(totals(stores, 2, 0).await, expected);
    assert_eq!(stores.load(1).await.figures.sold, 3);
}

/// Inactive or not.
pub async fn what_sold_most_comes_first(stores: &ShopStores) {
    stores.shelve(5).await;
    stores.put(&Product { active: false, ..named(5, "Cup 5") }).await;
    for (number, quantity) in [(3, 2), (5, 9)] {
        let line = SoldLine { seller: seller(1), product: product_id(number), quantity, total: euros(1) };
        let sale = Sale { order: order_id(number), at: at(0), lines: vec![line] };
        assert!(stores.figures.note_sale(&sale).await.expect("the store answers"));
    }
    let best = async |limit| numbers(&stores.figures.best_sellers(seller(1), limit).await.expect("the store answers"));
    assert_eq!((best(10).await, best(2).await), (vec![5, 3, 1], vec![5, 3]));
}

/// Whatever adds, hides and shows them.
pub async fn products_of_a_seller_are_counted(stores: &ShopStores) {
    let count = async |number| stores.figures.products_of(seller(number)).await.expect("the store answers");
    assert_eq!(count(1).await, (0, 0));
    stores.shelve(3).await;
    stores.put(&Product { active: false, ..named(5, "Cup 5") }).await;
    assert_eq!((count(1).await, count(2).await), ((3, 2), (1, 1)));
    stores.put(&Product { active: false, ..named(3, "Cup 3") }).await;
    stores.put(&named(5, "Cup 5")).await;
    stores.put(&Product { active: false, ..named(1, "Cup 1") }).await;
    assert_eq!(count(1).await, (3, 1));
}

/// In which every seller has a part.
pub async fn orders_of_a_seller_are_counted_by_status(stores: &ShopStores) {
    stores.shelve(2).await;
    for order in [1, 2] {
        stores.place(order).await;
    }
    for number in [1, 2] {
        let counts = stores.figures.orders_by_status(seller(number)).await.expect("the store answers");
        let counts: Vec<_> = counts.into_iter().map(|(status, count)| (status.as_str(), count)).collect();
        assert_eq!(counts, [("pending_payment", 2)]);
    }
    assert_eq!(stores.figures.orders_by_status(seller(3)).await.expect("the store answers"), []);
}
