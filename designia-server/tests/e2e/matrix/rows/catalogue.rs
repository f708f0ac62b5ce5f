//! Products, their pictures and reviews. That they exist is no secret: others are forbidden to change them, not told that there is
//! no such thing.

use serde_json::json;

use crate::matrix::row::{Row, delete, get, patch, post};
use crate::matrix::rule::{accounts, admins, anybody, seller_alone, seller_of_it, sellers};

pub(super) fn rows() -> Vec<Row> {
    [browsing(), offering(), reviews()].into_iter().flatten().collect()
}

fn browsing() -> Vec<Row> {
    vec![
        get("/api/marketplace/products/", anybody(200)),
        get("/api/marketplace/products/search/", anybody(200)).query("?q=bowl"),
        get("/api/marketplace/products/filters/", anybody(200)),
        get("/api/marketplace/products/facets/", anybody(200)),
        get("/api/marketplace/products/autocomplete/", anybody(200)).query("?q=te"),
        get("/api/marketplace/products/categories/", anybody(200)),
        get("/api/marketplace/products/categories/{slug}/", anybody(200)).about(&["category"]),
        post("/api/marketplace/products/categories/", admins(400)),
        patch("/api/marketplace/products/categories/{slug}/", admins(200)).about(&["category"]),
        get("/api/marketplace/products/{slug}/", anybody(200)).about(&["product"]),
        get("/api/marketplace/products/{slug}/images/", anybody(200)).about(&["product"]),
        get("/api/marketplace/products/{slug}/images/{id}/", anybody(200)).about(&["product", "picture"]),
        get("/api/marketplace/sellers/{id}/", anybody(200)).about(&["seller"]),
        get("/api/marketplace/sellers/{id}/products/", anybody(200)).about(&["seller"]),
        get("/api/marketplace/products/favorites/", accounts(200)),
        post("/api/marketplace/products/{slug}/favorite/", accounts(200)).about(&["product"]),
        post("/api/activity/track/", anybody(400)),
    ]
}

fn offering() -> Vec<Row> {
    vec![
        get("/api/marketplace/products/my_products/", sellers(200)),
        get("/api/marketplace/seller/analytics/", sellers(200)),
        post("/api/marketplace/products/", sellers(400)),
        post("/api/marketplace/products/import/", sellers(400)).form("nothing", "of use"),
        get("/api/marketplace/products/import/{id}/", seller_alone(200)).about(&["import"]),
        patch("/api/marketplace/products/{slug}/", seller_of_it(412)).about(&["product"]).of_no_version(),
        patch("/api/marketplace/products/{slug}/", seller_of_it(200)).about(&["product"]),
        delete("/api/marketplace/products/{slug}/", seller_of_it(204)).about(&["a product"]),
        post("/api/marketplace/products/{slug}/images/", seller_of_it(400))
            .about(&["product"])
            .form("nothing", "of use"),
        patch("/api/marketplace/products/{slug}/images/{id}/", seller_of_it(200)).about(&["product", "picture"]),
        delete("/api/marketplace/products/{slug}/images/{id}/", seller_of_it(204)).about(&["product", "a picture"]),
    ]
}

fn reviews() -> Vec<Row> {
    // Only who has bought it may write one; who has written one has done so.
    let writing = [401, 403, 400, 403, 403, 403, 403];
    let of_its_writer = |status| [401, 403, status, 403, 403, 403, 403];
    let voting = [401, 200, 403, 200, 200, 200, 200];
    vec![
        get("/api/marketplace/products/{slug}/reviews/", anybody(200)).about(&["product"]),
        post("/api/marketplace/products/{slug}/reviews/", writing)
            .about(&["reviewed"])
            .json(json!({ "rating": 5, "comment": "As good as they say." })),
        get("/api/marketplace/reviews/{id}/", anybody(200)).about(&["review"]),
        patch("/api/marketplace/reviews/{id}/", of_its_writer(200)).about(&["review"]),
        post("/api/marketplace/reviews/{id}/mark_helpful/", voting).about(&["review"]),
        delete("/api/marketplace/reviews/{id}/", [401, 403, 204, 403, 403, 204, 204]).about(&["a review"]),
    ]
}
