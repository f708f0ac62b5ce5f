//! The seventeen places where the web client and the first backend did not understand each other, by their numbers.

use serde_json::{Value, json};

use super::main_journey::data_uri;
use super::reads::{Is, LINE, reads};
use super::story::Story;
use crate::samples::PNG;
use crate::support::Place;
use crate::visitor::Person;

async fn sold(story: &Story) -> (Person, Person, Value) {
    let (buyer, seller) = (story.buyer("zoe@example.net").await, story.guest.demo("seller").await);
    let order = story.buy(&buyer, &["tea-bowl"]).await;
    (buyer, seller, order)
}

#[tokio::test]
async fn x02_a_seller_opens_an_order_at_the_address_that_buyers_use() {
    let story = Story::begin(&Place::memory()).await;
    let (_, seller, order) = sold(&story).await;
    let seen =
        seller.at.get(&format!("/api/marketplace/orders/{}/", order["id"].as_str().unwrap())).await.with_status(200);
    assert_eq!(seen["id"], order["id"]);
}

#[tokio::test]
async fn x03_the_product_of_a_line_is_an_object_whose_address_leads_to_it() {
    let story = Story::begin(&Place::memory()).await;
    let (buyer, _, order) = sold(&story).await;
    let line = &order["items"][0];
    reads(line, LINE);
    let slug = line["product"]["slug"].as_str().unwrap();
    let product = buyer.at.get(&format!("/api/marketplace/products/{slug}/")).await.with_status(200);
    assert_eq!(product["id"], line["product"]["id"]);
    let again = json!({ "product_id": line["product"]["id"], "quantity": 1 });
    buyer.at.post("/api/marketplace/cart/add_item/", again).await.with_status(200);
}

#[tokio::test]
async fn x04_an_address_is_written_under_both_spellings() {
    let story = Story::begin(&Place::memory()).await;
    let (_, _, order) = sold(&story).await;
    let address = &order["shipping_address"];
    assert_eq!((&address["address_line1"], &address["line1"]), (&json!("1 Kiln Lane"), &json!("1 Kiln Lane")));
    reads(address, &[("address_line2", Is::Text), ("line2", Is::Text), ("city", Is::Text), ("country", Is::Text)]);
}

#[tokio::test]
async fn x05_the_order_of_a_search_is_the_one_that_was_asked_for() {
    let story = Story::begin(&Place::memory()).await;
    let prices = async |ordering: &str| {
        let path = format!("/api/marketplace/products/search/?currency=EUR&ordering={ordering}&page=1&page_size=12");
        let found = story.guest.get(&path).await.with_status(200);
        let cards = found["results"].as_array().unwrap().iter().filter(|card| card["currency"] == "EUR");
        let minor = |card: &Value| card["price"].as_str().unwrap().replace('.', "").parse::<u64>().unwrap();
        cards.map(minor).collect::<Vec<_>>()
    };
    let (up, down) = (prices("price").await, prices("-price").await);
    assert!(up.len() > 1 && up.is_sorted(), "{up:?}");
    assert!(down.is_sorted_by(|one, next| one >= next), "{down:?}");
    for ordering in ["relevance", "-created_at", "-average_rating"] {
        assert!(!prices(ordering).await.is_empty(), "{ordering}");
    }
    let path = "/api/marketplace/products/search/?ordering=seller__password";
    story.guest.get(path).await.with_status(400);
}

#[tokio::test]
async fn x06_the_home_page_says_whether_there_is_another() {
    let story = Story::begin(&Place::memory()).await;
    let (mut seen, mut page) = (Vec::new(), 1);
    loop {
        let path = format!("/api/marketplace/products/?page={page}&page_size=2");
        let found = story.guest.get(&path).await.with_status(200);
        seen.extend(found["results"].as_array().unwrap().iter().map(|card| card["id"].to_string()));
        if found["has_next"] == false {
            break;
        }
        page += 1;
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert!(page > 1 && seen.len() == all, "{page} pages of {seen:?}");
}

#[tokio::test]
async fn x07_a_participant_is_named_by_the_account() {
    let story = Story::begin(&Place::memory()).await;
    let (buyer, seller) = (story.join("zoe@example.net", "Zoe Jones").await, story.guest.demo("seller").await);
    let product = story.guest.get("/api/marketplace/products/tea-bowl/").await.ok();
    buyer.at.post("/api/chat/conversations/", json!({ "product_id": product["id"] })).await.ok();
    let inbox = buyer.at.get("/api/chat/conversations/").await.ok();
    let participants = inbox["results"][0]["participants"].as_array().unwrap();
    let other: Vec<_> = participants.iter().filter(|it| it["id"] != buyer.id).collect();
    assert_eq!((other.len(), &other[0]["id"]), (1, &json!(seller.id)), "the client takes out its own id");
    reads(other[0], &[("membership_id", Is::Text), ("user", Is::Text)]);
}

#[tokio::test]
async fn x11_the_forms_kinds_of_seller_are_known_and_a_portfolio_may_be_left_out() {
    let story = Story::begin(&Place::memory()).await;
    for (name, kind) in [("ann", "individual"), ("bob", "business")] {
        let person = story.join(&format!("{name}@example.net"), "Ann Other").await;
        person.secure(&story.admin.at).await;
        let sent = person.apply(&[("seller_type", kind)]).await.with_status(201);
        assert_eq!(sent["images_uploaded"], 3, "the logo and two pictures");
    }
}

#[tokio::test]
async fn x13_new_pictures_of_an_edit_are_kept() {
    let story = Story::begin(&Place::memory()).await;
    let seller = story.guest.demo("seller").await;
    let picture = json!({ "image_content": data_uri(), "filename": "../../x.html", "is_primary": true, "order": 0 });
    let change = json!({ "image_data": [picture] });
    let product = seller.at.patch("/api/marketplace/products/tea-bowl/", change).await.with_status(200);
    let image = product["images"].as_array().unwrap().last().unwrap();
    reads(image, &[("id", Is::Number), ("url", Is::Text), ("alt_text", Is::Text), ("is_primary", Is::Flag)]);
    let path = image["url"].as_str().unwrap().strip_prefix(&story.server.base).unwrap();
    let shown = story.guest.get(path).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
    assert_eq!(shown.header("content-length"), Some(PNG.len().to_string().as_str()));
}

#[tokio::test]
async fn x14_the_badge_counts_what_waits_to_be_shipped() {
    let story = Story::begin(&Place::memory()).await;
    let (_, seller, order) = sold(&story).await;
    let path = "/api/marketplace/orders/seller_orders/?page=1&page_size=1&status=awaiting_shipment";
    let waiting = seller.at.get(path).await.with_status(200);
    assert_eq!((&waiting["count"], &waiting["results"][0]["id"]), (&json!(1), &order["id"]));
}

#[tokio::test]
async fn x15_a_second_john_registers_although_the_name_is_taken() {
    let story = Story::begin(&Place::memory()).await;
    let first = story.join("john@example.net", "John One").await;
    let second = story.join("john@example.org", "John Two").await;
    let name = async |person: &Person| person.at.get("/api/auth/profile/").await.ok()["username"].clone();
    assert_ne!(name(&first).await, name(&second).await);
}

#[tokio::test]
async fn x17_the_published_document_has_every_route_that_the_client_calls() {
    let story = Story::begin(&Place::memory()).await;
    let document = story.guest.get("/api/openapi.json").await.ok();
    let called = [
        "/api/chat/conversations/",
        "/api/chat/reports/",
        "/api/marketplace/seller/analytics/",
        "/api/auth/verify-password/",
        "/api/auth/password/reset/",
        "/api/auth/password/reset/verify/",
        "/api/auth/profile/export/",
        "/api/auth/profile/delete/",
    ];
    let missing: Vec<_> = called.iter().filter(|path| document["paths"].get(path).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn an_order_that_is_none_is_refused_and_asks_the_database_nothing() {
    let story = Story::begin(&Place::memory()).await;
    for ordering in ["reviewer__password", "reviewer__email", "1;--", "rating desc", "-"] {
        let request = story.guest.request(reqwest::Method::GET, "/api/marketplace/products/tea-bowl/reviews/");
        let reply = crate::visitor::Visitor::answer(request.query(&[("ordering", ordering)])).await;
        assert_eq!(reply.status, 400, "{ordering}: {}", reply.text);
    }
}

#[tokio::test]
async fn ids_of_people_and_carts_are_texts_and_numbers_are_small() {
    let story = Story::begin(&Place::memory()).await;
    let zoe = story.join("zoe@example.net", "Zoe Jones").await;
    let cart = zoe.at.get("/api/marketplace/cart/").await.ok();
    reads(&cart, &[("id", Is::Text), ("user_id", Is::Text)]);
    assert_eq!(cart["user_id"], json!(zoe.id));
    let categories = story.guest.get("/api/marketplace/products/categories/").await.ok();
    let is_small = |category: &Value| category["id"].as_u64().is_some_and(|id| id < 1 << 53);
    assert!(categories.as_array().unwrap().iter().all(is_small), "{categories}");
}

#[tokio::test]
async fn an_order_without_an_address_does_not_break_the_sellers_table() {
    let story = Story::begin(&Place::memory()).await;
    let (buyer, seller) = (story.join("zoe@example.net", "Zoe Jones").await, story.guest.demo("seller").await);
    story.buy(&buyer, &["tea-bowl"]).await;
    let sales = seller.at.get("/api/marketplace/orders/seller_orders/?page=1&page_size=10").await.ok();
    reads(&sales["results"][0], &[("shipping_address.city", Is::Text), ("shipping_address.country", Is::Text)]);
}

#[tokio::test]
async fn a_buyer_cancels_with_the_reasons_of_the_form() {
    let story = Story::begin(&Place::memory()).await;
    let buyer = story.buyer("zoe@example.net").await;
    for reason in ["changed_mind", "found_cheaper", "ordered_by_mistake", "shipping_too_slow", "other"] {
        let order = story.buy(&buyer, &["tea-bowl"]).await;
        let path = format!("/api/marketplace/orders/{}/cancel/", order["id"].as_str().unwrap());
        let body = json!({ "reason": reason, "comment": "sorry" });
        buyer.at.post(&path, body).await.with_status(200);
    }
}

#[tokio::test]
async fn the_search_bar_gets_suggestions_in_its_shape() {
    let story = Story::begin(&Place::memory()).await;
    let found = story.guest.get("/api/marketplace/products/autocomplete/?q=te&limit=5").await.with_status(200);
    let suggestion = &found["suggestions"][0];
    reads(suggestion, &[("id", Is::Text), ("name", Is::Text), ("type", Is::Text)]);
}
