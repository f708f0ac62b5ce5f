//! The page on which a buyer pays, driven like a browser without JavaScript.

use reqwest::Method;

use crate::support::{Reply, Stripe, send};

async fn submit(stripe: &Stripe, id: &str, form: &[(&str, &str)]) -> Reply {
    let url = format!("{}/c/pay/{id}", stripe.sandbox.base_url());
    send(stripe.http.post(url).form(form)).await.unwrap()
}

#[tokio::test]
async fn the_page_shows_what_is_bought_and_needs_nothing_from_elsewhere() {
    let stripe = Stripe::start().await;
    let name = "line_items[0][price_data][product_data][name]";
    let id = stripe.session_with(&[(name, "<b>Tea</b> & \"pot\""), ("cancel_url", "https://shop.example/cart")]).await;
    let url = stripe.retrieve(&id).await["url"].as_str().unwrap().to_owned();
    let page = send(stripe.http.get(url)).await.unwrap();
    let html = page.body.as_str().unwrap();
    assert_eq!(page.status, 200);
    for text in ["25.00 EUR", "2 × 12.50 EUR", "&lt;b&gt;Tea&lt;/b&gt; &amp; &quot;pot&quot;", "Multibanco", "viewport"]
    {
        assert!(html.contains(text), "{text} is not in {html}");
    }
    for absent in ["<script", "src=", "<link", "<b>Tea"] {
        assert!(!html.contains(absent), "{absent} is in {html}");
    }
}

#[tokio::test]
async fn paying_leads_back_to_the_shop() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let paid = submit(&stripe, &id, &[("pay_with", "card:4242424242424242"), ("card_number", "")]).await;
    assert_eq!(paid.status, 303);
    assert_eq!(paid.header("location"), Some(format!("https://shop.example/thanks?session={id}").as_str()));
    assert_eq!(stripe.retrieve(&id).await["payment_status"], "paid");
    let again = submit(&stripe, &id, &[("pay_with", "card:4242424242424242")]).await;
    assert_eq!(again.status, 402);
    assert_eq!(stripe.sandbox.objects().count("charge"), 1);
}

#[tokio::test]
async fn a_declined_card_is_told_and_may_be_tried_again() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let declined = submit(&stripe, &id, &[("card_number", "4000 0000 0000 0002")]).await;
    assert_eq!(declined.status, 402);
    assert!(declined.body.as_str().unwrap().contains("Your card was declined."));
    assert!(declined.body.as_str().unwrap().contains("<form"));
    assert_eq!(submit(&stripe, &id, &[("card_number", "4242-4242-4242-4242")]).await.status, 303);
}

#[tokio::test]
async fn a_voucher_leads_back_to_the_shop_unpaid() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    assert_eq!(submit(&stripe, &id, &[("pay_with", "later:multibanco")]).await.status, 303);
    assert_eq!(stripe.retrieve(&id).await["payment_status"], "unpaid");
    stripe.advance(86_400);
    assert_eq!(stripe.retrieve(&id).await["payment_status"], "paid");
}

#[tokio::test]
async fn three_d_secure_is_answered_on_the_page() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    let asked = submit(&stripe, &id, &[("card_number", "4000002500003155")]).await;
    assert!(asked.body.as_str().unwrap().contains("authenticate:yes"), "{asked:?}");
    assert_eq!(submit(&stripe, &id, &[("pay_with", "authenticate:yes")]).await.status, 303);
    assert_eq!(stripe.retrieve(&id).await["payment_status"], "paid");
}

#[tokio::test]
async fn turning_back_leaves_the_session_open() {
    let stripe = Stripe::start().await;
    let id = stripe.session_with(&[("cancel_url", "https://shop.example/cart")]).await;
    let back = send(stripe.request(Method::GET, &format!("/c/pay/{id}/cancel"))).await.unwrap();
    assert_eq!((back.status, back.header("location")), (303, Some("https://shop.example/cart")));
    assert_eq!(stripe.retrieve(&id).await["status"], "open");
}

#[tokio::test]
async fn an_expired_page_takes_no_money() {
    let stripe = Stripe::start().await;
    let id = stripe.session().await;
    stripe.advance(86_400);
    let page = send(stripe.request(Method::GET, &format!("/c/pay/{id}"))).await.unwrap();
    assert_eq!(page.status, 410);
    assert_eq!(submit(&stripe, &id, &[("pay_with", "card:4242424242424242")]).await.status, 402);
    assert_eq!(stripe.sandbox.objects().count("charge"), 0);
    assert_eq!(send(stripe.request(Method::GET, "/c/pay/cs_x")).await.unwrap().status, 404);
}
