use designia_core::effect::{PageLine, PaymentRef};
use designia_core::id::AttemptNo;
use designia_core::money::Currency;
use designia_core::payment::ProviderRefs;

use super::*;
use crate::client::StripeClient;
use crate::config::ClientConfig;
use crate::gateway::GatewayOptions;
use crate::secret::ApiKey;

const ORDER: &str = "018f0000-0000-7000-8000-000000000001";

fn gateway(page: CheckoutPage) -> StripeGateway {
    let config = ClientConfig::new(ApiKey::new("sk_test_1").unwrap()).with_base_url("http://127.0.0.1:1");
    let options = GatewayOptions::new(page).with_excluded_methods(["boleto".to_owned(), "multibanco".to_owned()]);
    StripeGateway::new(StripeClient::new(&config).unwrap(), options)
}

fn hosted() -> CheckoutPage {
    CheckoutPage::Hosted {
        success_url: "https://shop.example/paid/{ORDER_ID}?s={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: Some("https://shop.example/cart".to_owned()),
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn item(title: &str, quantity: u32, unit_amount: Money) -> PageLine {
    PageLine { title: title.to_owned(), quantity, unit_amount }
}

fn request() -> OpenPayment {
    let started_at = Timestamp::from_secs(1_795_348_800);
    OpenPayment {
        payment: PaymentRef {
            order: ORDER.parse().unwrap(),
            attempt: AttemptNo::new(2),
            refs: ProviderRefs::default(),
            started_at,
        },
        amount: eur(4250),
        method: PaymentMethod::Card,
        expires_at: started_at + DAY,
        email: Some("ana@example.com".to_owned()),
        lines: vec![item("Desk lamp", 2, eur(1250)), item("Chair", 1, eur(1750))],
    }
}

fn body(page: CheckoutPage, request: &OpenPayment) -> String {
    gateway(page).session_form(request).unwrap().to_body()
}

#[test]
fn a_hosted_page_is_asked_for_with_everything_that_finds_it_again() {
    let expected = "mode=payment&ui_mode=hosted_page\
        &success_url=https%3A%2F%2Fshop.example%2Fpaid%2F018f0000-0000-7000-8000-000000000001%3Fs%3D%7BCHECKOUT_SESSION_ID%7D\
        &cancel_url=https%3A%2F%2Fshop.example%2Fcart\
        &line_items[0][price_data][currency]=eur\
        &line_items[0][price_data][unit_amount]=1250\
        &line_items[0][price_data][product_data][name]=Desk+lamp\
        &line_items[0][quantity]=2\
        &line_items[1][price_data][currency]=eur\
        &line_items[1][price_data][unit_amount]=1750\
        &line_items[1][price_data][product_data][name]=Chair\
        &line_items[1][quantity]=1\
        &expires_at=1795435200\
        &client_reference_id=018f0000-0000-7000-8000-000000000001.2\
        &metadata[designia_order]=018f0000-0000-7000-8000-000000000001&metadata[designia_attempt]=2\
        &payment_intent_data[description]=Order+018f0000-0000-7000-8000-000000000001\
        &payment_intent_data[metadata][designia_order]=018f0000-0000-7000-8000-000000000001\
        &payment_intent_data[metadata][designia_attempt]=2\
        &payment_intent_data[transfer_group]=018f0000-0000-7000-8000-000000000001\
        &adaptive_pricing[enabled]=false\
        &customer_email=ana%40example.com\
        &excluded_payment_method_types[0]=boleto&excluded_payment_method_types[1]=multibanco";
    assert_eq!(body(hosted(), &request()), expected);
}

#[test]
fn an_embedded_page_has_a_return_url_and_neither_of_the_other_two() {
    let page = CheckoutPage::Embedded { return_url: "https://shop.example/{ORDER_ID}".to_owned() };
    let body = body(page, &request());
    assert!(body.contains("ui_mode=embedded_page&return_url=https%3A%2F%2Fshop.example%2F018f"), "{body}");
    assert!(!body.contains("success_url") && !body.contains("cancel_url"), "{body}");
}

#[test]
fn a_delayed_method_is_offered_only_when_the_attempt_asks_for_it() {
    let request = OpenPayment { method: PaymentMethod::Delayed("multibanco".to_owned()), ..request() };
    let body = body(hosted(), &request);
    assert!(body.contains("&allowed_payment_method_types[0]=multibanco"), "{body}");
    assert!(!body.contains("excluded_payment_method_types"), "{body}");
}

#[test]
fn a_payment_without_a_page_carries_the_same_names_and_its_deadline() {
    let body = gateway(CheckoutPage::Elements).intent_form(&request()).unwrap().to_body();
    let expected = "amount=4250&currency=eur\
        &description=Order+018f0000-0000-7000-8000-000000000001\
        &metadata[designia_order]=018f0000-0000-7000-8000-000000000001&metadata[designia_attempt]=2\
        &metadata[designia_expires_at]=1795435200\
        &transfer_group=018f0000-0000-7000-8000-000000000001\
        &receipt_email=ana%40example.com\
        &automatic_payment_methods[enabled]=true\
        &excluded_payment_method_types[0]=boleto&excluded_payment_method_types[1]=multibanco";
    assert_eq!(body, expected);
}

#[test]
fn a_page_lives_between_half_an_hour_and_a_day() {
    let end = |after: Duration| {
        let mut request = request();
        request.expires_at = request.payment.started_at + after;
        page_end(&request).since(request.payment.started_at)
    };
    assert_eq!(end(Duration::ZERO), SHORTEST_PAGE);
    assert_eq!(end(MINUTE * 45), MINUTE * 45);
    assert_eq!(end(DAY * 3), DAY);
}

#[test]
fn what_is_charged_is_the_amount_even_if_the_lines_can_not_be_shown() {
    let kwd = |minor| Money::new(minor, Currency::KWD);
    let many = vec![item("Pin", 1, eur(10)); 101];
    let table = [
        ("no lines", eur(500), vec![]),
        ("lines that sum to something else", eur(500), vec![item("Lamp", 1, eur(499))]),
        ("a discount", eur(500), vec![item("Lamp", 1, eur(600)), item("Discount", 1, eur(-100))]),
        ("no quantity", eur(500), vec![item("Lamp", 1, eur(500)), item("Gift", 0, eur(0))]),
        ("no title", eur(500), vec![item(" ", 1, eur(500))]),
        ("more lines than Stripe shows", eur(1010), many),
        ("another currency", eur(500), vec![item("Lamp", 1, kwd(500))]),
        ("a price too fine for Stripe, with a sum that is not", kwd(2010), vec![item("Lamp", 2, kwd(1005))]),
    ];
    for (what, amount, lines) in table {
        let form = super::lines(&OpenPayment { amount, lines, ..request() }).unwrap();
        let body = Form::new().with("l", form).to_body();
        let minor = amount.minor();
        let currency = code(amount.currency());
        assert_eq!(
            body,
            format!(
                "l[0][price_data][currency]={currency}&l[0][price_data][unit_amount]={minor}\
                 &l[0][price_data][product_data][name]=Order+{ORDER}&l[0][quantity]=1"
            ),
            "{what}"
        );
    }
}

#[test]
fn a_sum_that_stripe_can_not_charge_is_refused_before_anything_is_sent() {
    let request = OpenPayment { amount: Money::new(1005, Currency::KWD), lines: vec![], ..request() };
    assert!(matches!(gateway(hosted()).session_form(&request), Err(AmountError::TooFine { .. })));
    assert!(matches!(gateway(CheckoutPage::Elements).intent_form(&request), Err(AmountError::TooFine { .. })));
}

#[test]
fn a_long_title_is_cut_between_characters() {
    let request = OpenPayment { amount: eur(1), lines: vec![item(&"é".repeat(300), 1, eur(1))], ..request() };
    let body = body(hosted(), &request);
    assert_eq!(body.matches("%C3%A9").count(), 250);
}

#[test]
fn the_same_request_is_the_same_bytes() {
    assert_eq!(body(hosted(), &request()), body(hosted(), &request()));
}
