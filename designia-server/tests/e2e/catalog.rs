//! What is for sale: found, shown, offered and changed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Place, Server, on_every_database};

pub(crate) const PRODUCTS: &str = "/api/marketplace/products/";

/// A real picture of 6 by 4 pixels, as a browser sends one.
pub(crate) fn picture() -> String {
    use base64_text as encode;
    format!("data:image/png;base64,{}", encode(include_bytes!("../../src/media/image/samples/told.png")))
}

/// Base64, for the few bytes that tests send.
pub(crate) fn base64_text(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place > three.len() { '=' } else { letter.into() });
        }
    }
    text
}

on_every_database! {
    a_list_goes_on_after_its_first_page_and_its_filters_work,
    a_search_finds_words_prices_and_orders_under_either_name,
    prices_are_shown_in_the_buyers_currency_with_the_rate_or_not_at_all,
    a_seller_offers_changes_and_takes_off_a_product,
    a_picture_that_is_none_is_named_and_nothing_is_half_created,
    pictures_of_a_change_are_kept_and_can_be_moved_and_taken_off,
    of_two_that_change_a_product_at_once_one_is_told,
    a_sellers_window_has_that_sellers_products_and_nobody_elses,
    looks_and_likes_are_counted_and_told_to_the_seller,
    what_can_t_be_understood_is_a_refusal_and_never_a_failure,
    categories_are_kept_by_the_admin_and_found_with_their_parts,
}

fn slugs(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|it| it["slug"].as_str().unwrap()).collect()
}

fn bowl() -> Value {
    json!({ "name": "Winter bowl", "description": "Thrown by hand.", "price": "38.5", "currency": "EUR", "stock_quantity": 4,
        "condition": "new", "brand": "Kiln", "tags": ["clay", "tea"],
        "image_data": [{ "image_content": picture(), "filename": "../../etc/passwd.html", "is_primary": true, "order": 0 }] })
}

/// D-35, D-36 (unknown names).
async fn a_list_goes_on_after_its_first_page_and_its_filters_work(place: &Place) {
    let server = Server::start(place, &[]).await;
    let first = server.get("", &format!("{PRODUCTS}?page=1&page_size=5")).await.ok();
    assert_eq!((first["has_next"].as_bool(), first["results"].as_array().unwrap().len()), (Some(true), 5));
    let second = server.get("", &format!("{PRODUCTS}?page=2&page_size=5")).await.ok();
    assert_eq!((second["has_next"].as_bool(), second["results"].as_array().unwrap().len()), (Some(false), 3));
    let next = first["next"].as_str().unwrap();
    assert_eq!(
        server.get("", &format!("{PRODUCTS}?after={next}&page_size=5")).await.ok()["results"],
        second["results"]
    );
    let cheap = server.get("", &format!("{PRODUCTS}?price_max=22.00&currency=EUR&ordering=price")).await.ok();
    assert!(slugs(&cheap).contains(&"espresso-cup") && !slugs(&cheap).contains(&"moon-jar"), "{:?}", slugs(&cheap));
    let dear = server.get("", &format!("{PRODUCTS}?price_min=100&currency=EUR")).await.ok();
    assert!(slugs(&dear).contains(&"moon-jar") && !slugs(&dear).contains(&"tea-bowl"), "{:?}", slugs(&dear));
    assert_eq!(server.get("", &format!("{PRODUCTS}?category=no-such-thing")).await.ok()["results"], json!([]));
    server.get("", &format!("{PRODUCTS}categories/no-such-thing/")).await.refused(404, "not_found");
    assert!(server.get("", &format!("{PRODUCTS}categories/")).await.ok().is_array());
}

async fn a_search_finds_words_prices_and_orders_under_either_name(place: &Place) {
    let server = Server::start(place, &[]).await;
    let search = async |query: &str| server.get("", &format!("{PRODUCTS}search/?{query}")).await.ok();
    let bowls = search("q=TEA%20b").await;
    assert_eq!((slugs(&bowls), bowls["count"].as_u64(), bowls["page"].as_u64()), (vec!["tea-bowl"], Some(1), Some(1)));
    let up = search("seller=&q=&ordering=price&in_stock=true&page_size=12").await;
    let down = search("sort=price_desc&page_size=12").await;
    let reversed: Vec<_> = slugs(&down).into_iter().rev().collect();
    assert_eq!(slugs(&up), reversed);
    assert_eq!(search("min_rating=4").await["results"], json!([]), "nobody has rated anything");
    assert_eq!(
        search("condition=new&condition=fair&page_size=3").await["count"],
        8,
        "the count is not that of the page"
    );
    let suggested = server.get("", &format!("{PRODUCTS}autocomplete/?q=espr&limit=5")).await.ok();
    assert_eq!(
        (suggested["suggestions"][0]["name"].as_str(), suggested["suggestions"][0]["type"].as_str()),
        (Some("Espresso cup"), Some("product"))
    );
    let facets = server.get("", &format!("{PRODUCTS}facets/?q=")).await.ok();
    assert_eq!((facets["count"].as_u64(), facets["conditions"][0]["value"].as_str()), (Some(8), Some("new")));
}

async fn prices_are_shown_in_the_buyers_currency_with_the_rate_or_not_at_all(place: &Place) {
    let server = Server::start(place, &[]).await;
    let plain = server.product("tea-bowl").await;
    assert!(plain["presentment"].is_null() && plain["price"] == "38.50" && plain["currency"] == "EUR", "{plain}");
    let seen = server.get("", &format!("{PRODUCTS}tea-bowl/?currency=jpy")).await.ok();
    let (rate, amount) =
        (seen["presentment"]["rate"].as_str().unwrap(), seen["presentment"]["price"].as_str().unwrap());
    assert!(seen["price"] == "38.50" && !amount.contains('.') && !rate.is_empty(), "{seen}");
    assert!(seen["presentment"]["source"].is_string() && seen["presentment"]["as_of"].is_string());
    let converted = server.get("buyer", "/api/rates/convert/?amount=38.50&from=EUR&to=JPY").await.ok();
    assert_eq!(converted["result"]["amount"].as_str(), Some(amount), "the same as the engine converts");
    let none = server.get("", &format!("{PRODUCTS}tea-bowl/?currency=XAU")).await;
    assert!(none.status == 400 || none.ok()["presentment"].is_null(), "no rate, no price");
}

/// D-34, D-40.
async fn a_seller_offers_changes_and_takes_off_a_product(place: &Place) {
    let server = Server::start(place, &[]).await;
    server.post("", PRODUCTS, bowl()).await.refused(401, "unauthenticated");
    server.post("buyer", PRODUCTS, bowl()).await.refused(403, "forbidden");
    let made = server.post("seller", PRODUCTS, bowl()).await;
    assert_eq!(made.status, 201);
    let made = made.ok();
    let (slug, id) = (made["slug"].as_str().unwrap(), made["id"].as_str().unwrap());
    assert_eq!(
        (made["price"].as_str(), made["stock_quantity"].as_u64(), made["seller"]["username"].as_str()),
        (Some("38.50"), Some(4), Some("seller"))
    );
    assert_eq!((made["images"].as_array().unwrap().len(), made["images"][0]["is_primary"].as_bool()), (1, Some(true)));
    assert_eq!(server.get("", &format!("{PRODUCTS}{id}/")).await.ok()["slug"], slug, "by id as well");
    let path = format!("{PRODUCTS}{slug}/");
    let change = json!({ "price": "40", "stock_quantity": 9, "original_price": "50.00", "model_data": null });
    server.send("seller2", Method::PATCH, &path, change.clone()).await.refused(403, "not_allowed");
    let changed = server.send("seller", Method::PATCH, &path, change).await.ok();
    assert_eq!(
        (changed["price"].as_str(), changed["is_on_sale"].as_bool(), changed["discount_percentage"].as_u64()),
        (Some("40.00"), Some(true), Some(20))
    );
    assert_eq!(
        (changed["stock_quantity"].as_u64(), changed["description"].as_str()),
        (Some(9), Some("Thrown by hand."))
    );
    server.send("seller", Method::DELETE, &path, json!({})).await.ok();
    server.get("", &path).await.refused(404, "not_found");
    let mine = server.get("seller", &format!("{PRODUCTS}my_products/?page=1&page_size=10")).await.ok();
    let row = mine["results"].as_array().unwrap().iter().find(|it| it["slug"] == slug).unwrap().clone();
    assert_eq!(
        (row["is_active"].as_bool(), row["stock_quantity"].as_u64()),
        (Some(false), Some(9)),
        "sellers see what they took off"
    );
    server.send("seller", Method::PATCH, &path, json!({ "is_active": true })).await.ok();
    assert_eq!(server.get("", &path).await.status, 200);
    let long = json!({ "name": "A very long name of a bowl ".repeat(7), "price": "1", "currency": "EUR" });
    let long = server.post("seller", PRODUCTS, long).await.ok();
    assert_eq!(
        server.product(long["slug"].as_str().unwrap()).await["id"],
        long["id"],
        "a long name fits into an address"
    );
}

/// D-40, D-26.
async fn a_picture_that_is_none_is_named_and_nothing_is_half_created(place: &Place) {
    let server = Server::start(place, &[]).await;
    let count = async || {
        server.get("seller", &format!("{PRODUCTS}my_products/")).await.ok()["results"].as_array().unwrap().len()
    };
    let before = count().await;
    let svg = format!(
        "data:image/png;base64,{}",
        base64_text(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    );
    for (bad, rule) in
        [(svg, "must be a JPEG, PNG or WebP picture"), ("data:image/png;base64,%%".to_owned(), "must be base64")]
    {
        let mut body = bowl();
        body["image_data"] = json!([{ "image_content": picture() }, { "image_content": bad }]);
        let problem = server.post("seller", PRODUCTS, body).await.refused(400, "invalid_field");
        assert_eq!(
            (problem["field"].as_str(), problem["errors"][0]["rule"].as_str()),
            (Some("image_data[1].image_content"), Some(rule))
        );
    }
    let mut model = bowl();
    model["model_data"] = json!({ "model_content": "x", "filename": "a.glb" });
    server.post("seller", PRODUCTS, model).await.refused(400, "invalid_field");
    for (field, value) in [
        ("name", json!(null)),
        ("price", json!("0")),
        ("price", json!("1e9999")),
        ("category", json!(77)),
        ("stock_quantity", json!(-1)),
    ] {
        let mut body = bowl();
        body[field] = value;
        assert_eq!(server.post("seller", PRODUCTS, body).await.refused(400, "invalid_field")["field"], field);
    }
    assert_eq!(count().await, before);
}

/// D-40, X13.
async fn pictures_of_a_change_are_kept_and_can_be_moved_and_taken_off(place: &Place) {
    let server = Server::start(place, &[]).await;
    let made = server.post("seller", PRODUCTS, bowl()).await.ok();
    let path = format!("{PRODUCTS}{}/", made["slug"].as_str().unwrap());
    let more = json!({ "image_data": [{ "image_content": picture(), "alt_text": "from above", "is_primary": true }] });
    let changed = server.send("seller", Method::PATCH, &path, more).await.ok();
    let ids = |product: &Value| -> Vec<u64> {
        product["images"].as_array().unwrap().iter().map(|image| image["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(&changed), [2, 1]);
    assert_eq!(
        (changed["images"][0]["alt_text"].as_str(), &changed["primary_image"]),
        (Some("from above"), &changed["images"][0]["url"])
    );
    let back = json!({ "is_primary": true, "alt_text": "from the side" });
    server.send("seller2", Method::PATCH, &format!("{path}images/1/"), back.clone()).await.refused(403, "not_allowed");
    let moved = server.send("seller", Method::PATCH, &format!("{path}images/1/"), back).await.ok();
    assert_eq!((moved["is_primary"].as_bool(), moved["alt_text"].as_str()), (Some(true), Some("from the side")));
    server.send("seller", Method::DELETE, &format!("{path}images/2/"), json!({})).await.ok();
    server.send("seller", Method::DELETE, &format!("{path}images/2/"), json!({})).await.refused(404, "not_found");
    assert_eq!(ids(&server.get("", &path).await.ok()), [1]);
}

async fn of_two_that_change_a_product_at_once_one_is_told(place: &Place) {
    let server = Server::start(place, &[]).await;
    let page = server.get_page("seller", &format!("{PRODUCTS}tea-bowl/")).await;
    let tag = page.headers()["etag"].to_str().unwrap().to_owned();
    let path = format!("{PRODUCTS}tea-bowl/");
    let change = |price: &str| json!({ "price": price });
    server.send_with("seller", Method::PATCH, &path, ("if-match", &tag), change("39.00")).await.ok();
    server
        .send_with("seller", Method::PATCH, &path, ("if-match", &tag), change("41.00"))
        .await
        .refused(412, "precondition_failed");
    server
        .send_with("seller", Method::DELETE, &path, ("if-match", &tag), json!({}))
        .await
        .refused(412, "precondition_failed");
    assert_eq!(server.product("tea-bowl").await["price"], "39.00");
    server.send("seller", Method::PATCH, &path, change("38.50")).await.ok();
}

/// D-37.
async fn a_sellers_window_has_that_sellers_products_and_nobody_elses(place: &Place) {
    let server = Server::start(place, &[]).await;
    let seller = server.product("tea-bowl").await["seller"]["id"].as_str().unwrap().to_owned();
    let shown = server.get("", &format!("/api/marketplace/sellers/{seller}/")).await.ok();
    assert_eq!((shown["username"].as_str(), shown["active_products"].as_u64()), (Some("seller"), Some(4)));
    assert!(shown.get("email").is_none());
    let theirs = server.get("", &format!("/api/marketplace/sellers/{seller}/products/")).await.ok();
    assert_eq!(theirs["results"].as_array().unwrap().len(), 4);
    assert!(theirs["results"].as_array().unwrap().iter().all(|it| it["seller_id"] == seller.as_str()));
    let buyer = server.get("buyer", "/api/auth/profile/").await.ok()["id"].as_str().unwrap().to_owned();
    server.get("", &format!("/api/marketplace/sellers/{buyer}/")).await.refused(404, "not_found");
    server.get("", "/api/marketplace/sellers/7/").await.refused(400, "invalid_field");
}

/// D-44, D-46.
async fn looks_and_likes_are_counted_and_told_to_the_seller(place: &Place) {
    let server = Server::start(place, &[]).await;
    for _ in 0..3 {
        server.product("tea-bowl").await;
    }
    server.get("seller", &format!("{PRODUCTS}tea-bowl/")).await.ok();
    let id = server.product("tea-bowl").await["id"].clone();
    let like = format!("{PRODUCTS}tea-bowl/favorite/");
    server.post("", &like, json!({})).await.refused(401, "unauthenticated");
    assert_eq!(server.post("buyer", &like, json!({ "favorited": true })).await.ok()["favorited"], true);
    assert_eq!(server.post("buyer", &like, json!({ "favorited": true })).await.ok()["favorited"], true);
    let liked = server.get("buyer", &format!("{PRODUCTS}favorites/")).await.ok();
    assert_eq!(
        (liked["results"].as_array().unwrap().len(), &liked["results"][0]["product"]["is_favorited"]),
        (1, &json!(true))
    );
    let click = |action: &str| json!({ "product_id": id, "action": action });
    assert_eq!(server.post("buyer", "/api/activity/track/", click("click")).await.status, 202);
    assert_eq!(server.post("buyer", "/api/activity/track/", click("click")).await.status, 202);
    server.post("", "/api/activity/track/", click("drop")).await.refused(400, "invalid_field");
    let analytics = async || server.get("seller", "/api/marketplace/seller/analytics/?period=today").await.ok();
    let told = async || {
        let told = analytics().await;
        let figure = |name: &str| told[name].as_u64().unwrap();
        (figure("total_views"), figure("total_clicks"), figure("total_favorites"))
    };
    server.until("looks, clicks and likes are counted", async || told().await == (4, 1, 1)).await;
    let told = analytics().await;
    assert_eq!((told["view_to_click_rate"].as_str(), told["active_products"].as_u64()), (Some("25.00"), Some(4)));
    assert_eq!(server.product("tea-bowl").await["favorite_count"], 1);
    assert_eq!(server.post("buyer", &like, json!({})).await.ok()["favorited"], false);
    assert_eq!(server.product("tea-bowl").await["favorite_count"], 0);
    server.get("buyer", "/api/marketplace/seller/analytics/").await.refused(403, "forbidden");
    server.get("seller", "/api/marketplace/seller/analytics/?period=ever").await.refused(400, "invalid_field");
}

/// D-36, D-29.
async fn what_can_t_be_understood_is_a_refusal_and_never_a_failure(place: &Place) {
    let server = Server::start(place, &[]).await;
    for query in [
        "?page=x",
        "?page=0",
        "?page_size=0",
        "?page_size=1000000",
        "?page=99999999&page_size=100",
        "?after=x",
        "?ordering=seller__password",
        "?price_min=x",
        "?min_rating=nan",
        "?seller=7",
        "?condition=mint",
        "?currency=EURO",
    ] {
        let answer = server.get("", &format!("{PRODUCTS}search/{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
    }
    for path in [
        "tea-bowl/reviews/?ordering=reviewer__password",
        "tea-bowl/reviews/?page=x",
        "tea-bowl/images/x/",
        "autocomplete/?limit=0",
    ] {
        let answer = server.get("", &format!("{PRODUCTS}{path}")).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    }
    for path in ["no%20such%00thing/", "..%2f..%2fetc%2fpasswd/", "tea-bowl/images/9/", "no-such/reviews/"] {
        let answer = server.get("", &format!("{PRODUCTS}{path}")).await;
        assert!(answer.status == 404 || answer.status == 400, "{path}: {} {}", answer.status, answer.body);
    }
}

async fn categories_are_kept_by_the_admin_and_found_with_their_parts(place: &Place) {
    let server = Server::start(place, &[]).await;
    let path = format!("{PRODUCTS}categories/");
    let cups = json!({ "name": "Cups & bowls" });
    server.post("seller", &path, cups.clone()).await.refused(403, "forbidden");
    let ceramics = server.get("", &format!("{path}ceramics/")).await.ok();
    assert_eq!(ceramics["product_count"], 4);
    let cups = server.post("admin", &path, cups).await.ok();
    assert_eq!((cups["slug"].as_str(), cups["parent"].as_u64()), (Some("cups-bowls"), None));
    server.post("admin", &path, json!({ "name": "Again", "slug": "cups-bowls" })).await.refused(400, "invalid_field");
    let change =
        async |slug: &str, body: Value| server.send("admin", Method::PATCH, &format!("{path}{slug}/"), body).await;
    let part = change("cups-bowls", json!({ "parent": ceramics["id"] })).await.ok();
    assert_eq!(part["parent"], ceramics["id"]);
    change("ceramics", json!({ "parent": part["id"] })).await.refused(400, "invalid_field");
    let bowl = json!({ "category": "cups-bowls" });
    server.send("seller", Method::PATCH, &format!("{PRODUCTS}tea-bowl/"), bowl).await.ok();
    let found = server.get("", &format!("{PRODUCTS}search/?category=ceramics")).await.ok();
    assert_eq!(found["results"].as_array().unwrap().len(), 4, "with what stands in its parts");
    let found = server.get("", &format!("{PRODUCTS}search/?category=cups-bowls&category=prints")).await.ok();
    assert_eq!(found["results"].as_array().unwrap().len(), 3);
    change("cups-bowls", json!({ "parent": null, "is_active": false })).await.ok();
    server.get("", &format!("{path}cups-bowls/")).await.refused(404, "not_found");
}

#[tokio::test]
async fn all_of_it_holds_in_a_file_too() {
    a_list_goes_on_after_its_first_page_and_its_filters_work(&Place::file()).await;
    a_search_finds_words_prices_and_orders_under_either_name(&Place::file()).await;
    prices_are_shown_in_the_buyers_currency_with_the_rate_or_not_at_all(&Place::file()).await;
    a_seller_offers_changes_and_takes_off_a_product(&Place::file()).await;
    a_picture_that_is_none_is_named_and_nothing_is_half_created(&Place::file()).await;
    pictures_of_a_change_are_kept_and_can_be_moved_and_taken_off(&Place::file()).await;
    of_two_that_change_a_product_at_once_one_is_told(&Place::file()).await;
    a_sellers_window_has_that_sellers_products_and_nobody_elses(&Place::file()).await;
    looks_and_likes_are_counted_and_told_to_the_seller(&Place::file()).await;
    what_can_t_be_understood_is_a_refusal_and_never_a_failure(&Place::file()).await;
    categories_are_kept_by_the_admin_and_found_with_their_parts(&Place::file()).await;
}
