//! Prices of several currencies in one list: compared by the rates of the day, and by none where there is none.

use std::fs;

use designia_stripe_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::catalog::PRODUCTS;
use crate::support::{Place, Server};

const SECRET: &str = "whsec_of_scales";

#[tokio::test]
async fn lists_by_price_follow_the_rates_and_compare_nothing_without_one_on_sqlite() {
    lists_by_price_follow_the_rates_and_compare_nothing_without_one("sqlite", &Place::file()).await;
}

#[tokio::test]
async fn lists_by_price_follow_the_rates_and_compare_nothing_without_one_on_postgres() {
    if let Some(place) = Place::postgres() {
        lists_by_price_follow_the_rates_and_compare_nothing_without_one("postgres", &place).await;
        place.quiet().await;
    }
}

fn names(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

async fn lists_by_price_follow_the_rates_and_compare_nothing_without_one(kind: &str, place: &Place) {
    let directory = std::env::temp_dir().join(format!("designia-scales-{kind}-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("rates.json");
    let source = format!("file:{}", file.display());
    let stripe = Sandbox::builder().start().await.unwrap();
    let server = Server::node(place, &stripe, SECRET, &["--rates-sources", &source]).await;
    server.until_ready().await;
    for (name, price, currency) in
        [("Euro", "10", "EUR"), ("Dollar", "10", "USD"), ("Yen", "1000", "JPY"), ("Won", "5", "KRW")]
    {
        let body =
            json!({ "name": name, "price": price, "currency": currency, "brand": "Scales", "stock_quantity": 1 });
        server.post("seller", PRODUCTS, body).await.ok();
    }
    let list = async |more: &str| server.get("", &format!("{PRODUCTS}search/?brand=scales&{more}")).await.ok();
    let (up, down) = ("ordering=price", "ordering=-price");
    assert_eq!(names(&list(up).await), ["Euro", "Yen", "Won", "Dollar"], "each currency by itself, by its code");
    assert_eq!(names(&list("price_max=10&currency=EUR").await), ["Euro"], "nothing else can be compared with it");

    // Ten dollars are less than ten euros, a thousand yen less than ten dollars; nobody says what a won is worth.
    let today = server.engine.ports().clock.now().date();
    let rates = json!({ "base": "EUR", "as_of": today.to_string(), "rates": { "USD": "1.15", "JPY": "180" } });
    fs::write(&file, rates.to_string()).unwrap();
    let asked = server.post("admin", "/api/admin/tasks/", json!({ "kind": "rates.update" })).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    let follows = async || names(&list(up).await) == ["Yen", "Dollar", "Euro", "Won"];
    server.until("lists follow the rates", follows).await;
    assert_eq!(names(&list(down).await), ["Euro", "Dollar", "Yen", "Won"], "what has no rate goes last, either way");
    assert_eq!(names(&list(&format!("{up}&price_min=6&currency=EUR")).await), ["Dollar", "Euro"]);
    assert_eq!(names(&list(&format!("{up}&price_max=9&currency=USD")).await), ["Yen"]);
    assert_eq!(names(&list(&format!("{up}&price_max=5&currency=KRW")).await), ["Won"]);
    drop(server);
    fs::remove_dir_all(directory).unwrap();
}
