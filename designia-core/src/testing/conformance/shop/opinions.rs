//! Reviews, and what they do to a product's rating.

use std::sync::Arc;

use crate::catalog::{NewReview, Rating, Review, ReviewChange};
use crate::ports::{AddedReview, PageRequest, ReviewOrder, StoreErrorKind};
use crate::testing::conformance::ShopStores;
use crate::testing::conformance::shop_stores::{account, at, opinion};
use crate::testing::fixtures::product_id;

async fn rating(stores: &ShopStores, number: u32) -> Rating {
    stores.load(number).await.figures.rating
}

fn new(number: u32, reviewer: u32) -> NewReview {
    let (product, reviewer) = (product_id(number), account(reviewer));
    NewReview { product, reviewer, content: opinion(4), verified: true, at: at(0) }
}

async fn remove(stores: &ShopStores, review: &Review) -> bool {
    stores.reviews.remove_review(review.id, at(50)).await.expect("the store answers")
}

async fn vote(stores: &ShopStores, review: &Review, voter: u32, helpful: bool) -> Option<u32> {
    stores.reviews.vote_review(review.id, account(voter), helpful).await.expect("the store answers")
}

/// Nothing of it is lost or mended.
pub async fn a_review_comes_back_as_it_was_written(stores: &ShopStores) {
    stores.shelve(1).await;
    let review = stores.review(1, 3, 2).await;
    let expected = Review {
        id: review.id,
        product: product_id(1),
        reviewer: account(3),
        rating: 2,
        title: opinion(2).title,
        comment: opinion(2).comment,
        verified: true,
        helpful: 0,
        version: 1,
        created_at: at(3),
        updated_at: at(3),
        removed_at: None,
    };
    assert_eq!(review, expected);
    assert_eq!(stores.reviews.review(review.id).await.expect("the store answers"), Some(expected.clone()));
    let own = stores.reviews.review_of(product_id(1), account(3)).await.expect("the store answers");
    assert_eq!(own, Some(expected));
    assert_eq!(stores.reviews.review_of(product_id(1), account(4)).await.expect("the store answers"), None);
    let nothing = stores.reviews.add_review(&new(9, 1)).await.expect("the store answers");
    assert_eq!(nothing, AddedReview::NoSuchProduct);
}

/// The second time the first one is the answer.
pub async fn an_account_reviews_a_product_once(stores: &ShopStores) {
    stores.shelve(2).await;
    let first = stores.review(1, 1, 5).await;
    let again = stores.reviews.add_review(&new(1, 1)).await.expect("the store answers");
    assert_eq!(again, AddedReview::Known(first));
    assert_eq!(rating(stores, 1).await, Rating { sum: 5, count: 1 });
    stores.review(2, 1, 1).await;
}

/// Two tabs, one person.
pub async fn of_eight_reviews_of_one_account_at_once_one_is_kept(stores: &ShopStores) {
    stores.shelve(1).await;
    let write = |_| {
        let reviews = Arc::clone(&stores.reviews);
        async move { reviews.add_review(&new(1, 1)).await.expect("the store answers") }
    };
    let answers = stores.at_once(8, write).await;
    let kept = answers.iter().filter(|it| matches!(it, AddedReview::New(_))).count();
    assert_eq!(kept, 1, "{answers:?}");
    assert!(answers.iter().all(|it| !matches!(it, AddedReview::NoSuchProduct)), "{answers:?}");
    assert_eq!(rating(stores, 1).await, Rating { sum: 4, count: 1 });
}

/// It is an increment, not a number that somebody read before.
pub async fn no_rating_is_lost_whoever_reviews_at_once(stores: &ShopStores) {
    stores.shelve(1).await;
    let write = |number| {
        let reviews = Arc::clone(&stores.reviews);
        async move { reviews.add_review(&new(1, number)).await.expect("the store answers") }
    };
    stores.at_once(8, write).await;
    assert_eq!(rating(stores, 1).await, Rating { sum: 32, count: 8 });
}

/// In the same transaction.
pub async fn a_rating_follows_what_is_changed_and_removed(stores: &ShopStores) {
    stores.shelve(1).await;
    let first = stores.review(1, 1, 5).await;
    let second = stores.review(1, 2, 2).await;
    assert_eq!(rating(stores, 1).await, Rating { sum: 7, count: 2 });
    let changed = stores.reviews.change_review(first.id, 1, &opinion(1), at(9)).await.expect("the store answers");
    let expected = Review { rating: 1, version: 2, updated_at: at(9), ..first.clone() };
    assert_eq!(changed, Some(expected));
    assert_eq!(rating(stores, 1).await, Rating { sum: 3, count: 2 });
    assert!(remove(stores, &second).await);
    assert!(!remove(stores, &second).await);
    assert_eq!(rating(stores, 1).await, Rating { sum: 1, count: 1 });
}

/// It stays stored, for whoever has to answer for it.
pub async fn a_removed_review_is_on_no_page_and_leaves_room_for_another(stores: &ShopStores) {
    stores.shelve(1).await;
    let first = stores.review(1, 1, 5).await;
    assert!(remove(stores, &first).await);
    assert_eq!(stores.reviewed(1, ReviewOrder::Newest, 10).await, []);
    let page = PageRequest { after: None, limit: 10 };
    assert_eq!(stores.reviews.reviews_by(account(1), page).await.expect("the store answers").rows, []);
    let kept = stores.reviews.review(first.id).await.expect("the store answers").expect("it stays stored");
    assert_eq!(kept.removed_at, Some(at(50)));
    let changed = stores.reviews.change_review(first.id, 1, &opinion(1), at(60)).await.expect("the store answers");
    assert_eq!(changed, None);
    let second = stores.review(1, 1, 2).await;
    assert!(second.id > first.id);
    assert_eq!(rating(stores, 1).await, Rating { sum: 2, count: 1 });
}

/// In pages of every length.
pub async fn reviews_come_in_every_order_and_each_once(stores: &ShopStores) {
    stores.shelve(2).await;
    for (reviewer, rating) in [(1, 3), (2, 5), (3, 3), (4, 1)] {
        stores.review(1, reviewer, rating).await;
    }
    let other = stores.review(2, 1, 5).await;
    let third = stores.reviewed(1, ReviewOrder::Newest, 10).await.remove(1);
    assert_eq!(vote(stores, &third, 9, true).await, Some(1));
    for (order, expected) in [
        (ReviewOrder::Newest, [4, 3, 2, 1]),
        (ReviewOrder::Oldest, [1, 2, 3, 4]),
        (ReviewOrder::Best, [2, 3, 1, 4]),
        (ReviewOrder::Worst, [4, 1, 3, 2]),
        (ReviewOrder::Helpful, [3, 4, 2, 1]),
    ] {
        for limit in [1, 3, 100] {
            let found: Vec<_> = stores.reviewed(1, order, limit).await.into_iter().map(|it| it.reviewer).collect();
            assert_eq!(found, expected.map(account), "{order} in pages of {limit}");
        }
    }
    let page = PageRequest { after: None, limit: 1 };
    let own = stores.reviews.reviews_by(account(1), page).await.expect("the store answers");
    assert_eq!(own.rows, [other]);
    let next = PageRequest { after: own.next, limit: 1 };
    let own = stores.reviews.reviews_by(account(1), next).await.expect("the store answers");
    assert_eq!((own.rows[0].product, own.next), (product_id(1), None));
}

/// Whoever edits an old text is told so.
pub async fn a_review_is_changed_at_its_version_only(stores: &ShopStores) {
    stores.shelve(1).await;
    let review = stores.review(1, 1, 5).await;
    let change = async |version| {
        let changed = stores.reviews.change_review(review.id, version, &opinion(4), at(9)).await;
        changed.expect("the store answers").map(|it| it.version)
    };
    assert_eq!(change(0).await, None);
    assert_eq!(change(1).await, Some(2));
    assert_eq!(change(1).await, None);
    assert_eq!(change(2).await, Some(3));
}

/// However often it is cast.
pub async fn a_vote_counts_once_and_can_be_taken_back(stores: &ShopStores) {
    stores.shelve(1).await;
    let (one, other) = (stores.review(1, 1, 5).await, stores.review(1, 2, 5).await);
    assert_eq!(vote(stores, &one, 3, true).await, Some(1));
    assert_eq!(vote(stores, &one, 3, true).await, Some(1));
    assert_eq!(vote(stores, &one, 4, true).await, Some(2));
    let ids = [one.id, other.id];
    assert_eq!(stores.reviews.voted_among(account(3), &ids).await.expect("the store answers"), [one.id]);
    assert_eq!(vote(stores, &one, 3, false).await, Some(1));
    assert_eq!(vote(stores, &one, 3, false).await, Some(1));
    assert_eq!(stores.reviews.voted_among(account(3), &ids).await.expect("the store answers"), []);
    let kept = stores.reviews.review(one.id).await.expect("the store answers");
    assert_eq!(kept, Some(Review { helpful: 1, ..one }), "a vote is no new version");
}

/// It would help nobody.
pub async fn nobody_votes_for_their_own_review_or_a_removed_one(stores: &ShopStores) {
    stores.shelve(1).await;
    let review = stores.review(1, 1, 5).await;
    assert_eq!(vote(stores, &review, 1, true).await, None);
    assert!(remove(stores, &review).await);
    assert_eq!(vote(stores, &review, 2, true).await, None);
}

/// Whoever forgets to look.
pub async fn a_review_that_breaks_a_rule_is_refused(stores: &ShopStores) {
    stores.shelve(1).await;
    let wrong = [
        opinion(0),
        opinion(6),
        ReviewChange { title: "x".repeat(201), ..opinion(1) },
        ReviewChange { comment: "é".repeat(5_001), ..opinion(1) },
    ];
    for content in wrong {
        let refused = stores.reviews.add_review(&NewReview { content, ..new(1, 1) }).await;
        assert_eq!(refused.expect_err("it breaks a rule").kind, StoreErrorKind::Invalid);
    }
    let longest = ReviewChange { rating: 1, title: "é".repeat(200), comment: "é".repeat(5_000) };
    let added = stores.reviews.add_review(&NewReview { content: longest, ..new(1, 1) }).await;
    assert!(matches!(added, Ok(AddedReview::New(_))), "{added:?}");
    assert_eq!(rating(stores, 1).await, Rating { sum: 1, count: 1 });
}
