//! Lists: newest first, by cursor, filtered.

use designia_stripe_sandbox::Card;

use crate::support::{START, Stripe};

const SESSIONS: &str = "/v1/checkout/sessions";

async fn seven(stripe: &Stripe) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.insert(0, stripe.session().await);
        stripe.advance(10);
    }
    ids
}

#[tokio::test]
async fn pages_go_forward_and_back_without_gaps() {
    let stripe = Stripe::start().await;
    let all = seven(&stripe).await;
    let first = stripe.get(&format!("{SESSIONS}?limit=3")).await;
    assert_eq!((first.ids(), first.body["has_more"].as_bool()), (all[..3].to_vec(), Some(true)));
    assert_eq!((first.body["object"].as_str(), first.body["url"].as_str()), (Some("list"), Some(SESSIONS)));
    let second = stripe.get(&format!("{SESSIONS}?limit=3&starting_after={}", all[2])).await;
    assert_eq!((second.ids(), second.body["has_more"].as_bool()), (all[3..6].to_vec(), Some(true)));
    let third = stripe.get(&format!("{SESSIONS}?limit=3&starting_after={}", all[5])).await;
    assert_eq!((third.ids(), third.body["has_more"].as_bool()), (all[6..].to_vec(), Some(false)));
    let back = stripe.get(&format!("{SESSIONS}?limit=3&ending_before={}", all[6])).await;
    assert_eq!((back.ids(), back.body["has_more"].as_bool()), (all[3..6].to_vec(), Some(true)));
    let start = stripe.get(&format!("{SESSIONS}?limit=3&ending_before={}", all[2])).await;
    assert_eq!((start.ids(), start.body["has_more"].as_bool()), (all[..2].to_vec(), Some(false)));
}

#[tokio::test]
async fn a_bad_page_is_refused() {
    let stripe = Stripe::start().await;
    let all = seven(&stripe).await;
    for (query, status, code) in [
        ("limit=0".to_owned(), 400, "parameter_invalid_integer"),
        ("limit=101".to_owned(), 400, "parameter_invalid_integer"),
        ("starting_after=cs_x".to_owned(), 404, "resource_missing"),
        (format!("starting_after={}&ending_before={}", all[0], all[1]), 400, "parameters_exclusive"),
        ("bogus=1".to_owned(), 400, "parameter_unknown"),
        ("created[after]=1".to_owned(), 400, "parameter_unknown"),
    ] {
        let reply = stripe.get(&format!("{SESSIONS}?{query}")).await;
        assert_eq!((reply.status, reply.code()), (status, code), "{query}");
    }
}

#[tokio::test]
async fn lists_are_filtered_by_time_of_creation() {
    let stripe = Stripe::start().await;
    let all = seven(&stripe).await;
    for (query, expected) in [
        (format!("created[gte]={}", START + 40), &all[..3]),
        (format!("created[gt]={}", START + 40), &all[..2]),
        (format!("created[lt]={}", START + 10), &all[6..]),
        (format!("created[lte]={}&created[gte]={}", START + 20, START + 10), &all[4..6]),
        (format!("created={}", START + 30), &all[3..4]),
    ] {
        assert_eq!(stripe.get(&format!("{SESSIONS}?{query}")).await.ids(), expected, "{query}");
    }
}

#[tokio::test]
async fn sessions_are_found_by_status_and_by_intent() {
    let stripe = Stripe::start().await;
    let all = seven(&stripe).await;
    let paid = stripe.sandbox.pay(&all[1], Card::Visa).unwrap();
    stripe.post(&format!("{SESSIONS}/{}/expire", all[2]), &[]).await;
    let intent = paid["payment_intent"].as_str().unwrap();
    assert_eq!(stripe.get(&format!("{SESSIONS}?payment_intent={intent}")).await.ids(), [all[1].clone()]);
    assert_eq!(stripe.get(&format!("{SESSIONS}?status=complete")).await.ids(), [all[1].clone()]);
    assert_eq!(stripe.get(&format!("{SESSIONS}?status=expired")).await.ids(), [all[2].clone()]);
    assert_eq!(stripe.get(&format!("{SESSIONS}?status=open")).await.data().len(), 5);
}

#[tokio::test]
async fn charges_are_found_by_intent_and_by_transfer_group() {
    let stripe = Stripe::start().await;
    let session = stripe.session_with(&[("payment_intent_data[transfer_group]", "order-3")]).await;
    let paid = stripe.sandbox.pay(&session, Card::Visa).unwrap();
    stripe.paid_intent().await;
    let by_group = stripe.get("/v1/charges?transfer_group=order-3").await;
    let by_intent =
        stripe.get(&format!("/v1/charges?payment_intent={}", paid["payment_intent"].as_str().unwrap())).await;
    assert_eq!((by_group.data().len(), by_group.ids()), (1, by_intent.ids()));
    assert_eq!(stripe.get("/v1/charges").await.data().len(), 2);
}

#[tokio::test]
async fn events_are_filtered_by_type_and_kept_for_thirty_days() {
    let stripe = Stripe::start().await;
    stripe.paid_intent().await;
    let count = async |query: &str| stripe.get(&format!("/v1/events?limit=100&{query}")).await.data().len();
    assert_eq!(count("type=charge.succeeded").await, 1);
    assert_eq!(count("type=payment_intent.*").await, 2);
    assert_eq!(count("types[0]=charge.succeeded&types[1]=checkout.session.completed").await, 2);
    assert_eq!(count("delivery_success=true").await, 4);
    let many: String = (0..21).map(|n| format!("&types[{n}]=charge.succeeded")).collect();
    assert_eq!(stripe.get(&format!("/v1/events?limit=1{many}")).await.status, 400);
    stripe.advance(30 * 86_400 + 1);
    assert_eq!(count("").await, 0);
}

#[tokio::test]
async fn balance_transactions_are_found_by_their_source() {
    let stripe = Stripe::start().await;
    let intent = stripe.paid_intent().await;
    let refund = stripe.post("/v1/refunds", &[("payment_intent", &intent), ("amount", "500")]).await;
    let found = stripe.get(&format!("/v1/balance_transactions?source={}", refund.id())).await;
    assert_eq!((found.data()[0]["amount"].as_i64(), found.data()[0]["type"].as_str()), (Some(-500), Some("refund")));
    let expand = "expand[]=data.source";
    let charge = stripe.get(&format!("/v1/balance_transactions?type=charge&{expand}")).await;
    assert_eq!(charge.data()[0]["source"]["object"], "charge");
}
