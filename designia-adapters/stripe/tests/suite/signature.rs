//! The verifier against the frozen table, and the rules that no single header shows.

use std::time::Duration;

use designia_core::ports::{WebhookError, WebhookRequest, WebhookVerifier};
use designia_core::time::Timestamp;
use designia_stripe::secret::SigningSecret;
use designia_stripe::webhook::{SignatureVerifier, StripeWebhooks, WebhookConfigError};

use crate::matrix::{BODY, NOW, OLD_SECRET, SECRET, sign, variants};

fn secret(text: &str) -> SigningSecret {
    SigningSecret::new(text).unwrap()
}

fn verifier(secrets: &[&str]) -> SignatureVerifier {
    SignatureVerifier::new(secrets.iter().map(|text| secret(text))).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_secs(NOW)
}

fn event(extra: &str) -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","type":"invented.in.2031","created":{NOW},"data":{{"object":{{}}}}{extra}}}"#
    )
}

/// What a verifier says of a correctly signed body.
fn verify(webhooks: &StripeWebhooks, body: &str) -> Result<String, WebhookError> {
    let header = sign(SECRET, NOW, body);
    let headers = [("STRIPE-Signature", header.as_bytes())];
    webhooks.verify(&WebhookRequest { headers: &headers, body: body.as_bytes() }, now()).map(|event| event.id)
}

#[test]
fn every_header_of_the_frozen_table_gets_its_verdict() {
    for variant in variants() {
        let verdict = verifier(&[&variant.secret]).verify(&variant.header, variant.body.as_bytes(), now());
        assert_eq!(verdict.is_ok(), variant.verdict.ours, "{}: {verdict:?}", variant.name);
    }
}

#[test]
fn while_a_secret_is_rolled_both_are_good() {
    let both = verifier(&[SECRET, OLD_SECRET]);
    for secret in [SECRET, OLD_SECRET] {
        assert_eq!(both.verify(&sign(secret, NOW, BODY), BODY.as_bytes(), now()), Ok(now()));
    }
    assert_eq!(
        verifier(&[SECRET]).verify(&sign(OLD_SECRET, NOW, BODY), BODY.as_bytes(), now()),
        Err(WebhookError::BadSignature)
    );
}

#[test]
fn a_signature_out_of_its_time_is_named_as_such_only_if_it_is_authentic() {
    let verify = |header: &str| verifier(&[SECRET]).verify(header, BODY.as_bytes(), now());
    let outside = |age_secs| Err(WebhookError::OutsideTolerance { age_secs, tolerance_secs: 300 });
    assert_eq!(verify(&sign(SECRET, NOW - 301, BODY)), outside(301));
    assert_eq!(verify(&sign(SECRET, NOW + 301, BODY)), outside(-301));
    assert_eq!(verify(&sign("whsec_other", NOW - 301, BODY)), Err(WebhookError::BadSignature));
}

#[test]
fn tolerances_can_be_chosen_but_the_age_never_be_ignored() {
    assert!(matches!(SignatureVerifier::new([]), Err(WebhookConfigError::NoSecret)));
    for age in [Duration::ZERO, Duration::from_millis(999)] {
        assert!(matches!(verifier(&[SECRET]).with_max_age(age), Err(WebhookConfigError::ZeroTolerance)));
    }
    let hour = verifier(&[SECRET]).with_max_age(Duration::from_secs(3600)).unwrap().with_max_ahead(None);
    let verify = |time: i64| hour.verify(&sign(SECRET, time, BODY), BODY.as_bytes(), now()).is_ok();
    assert!(verify(NOW - 3600) && !verify(NOW - 3601) && verify(NOW + 315_360_000));
}

#[test]
fn the_body_is_taken_byte_for_byte_even_if_it_is_not_text() {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let mut signed = format!("{NOW}.").into_bytes();
    let body = [0xff, 0x00, b'\r', b'\n', 0xc3];
    signed.extend_from_slice(&body);
    let header = format!("t={NOW},v1={}", hex::encode(ring::hmac::sign(&key, &signed)));
    assert_eq!(verifier(&[SECRET]).verify(&header, &body, now()), Ok(now()));
}

#[test]
fn a_header_that_would_cost_many_hashes_is_refused_unread() {
    let header = format!("t={NOW}{}", ",v1=00".repeat(200));
    assert_eq!(
        verifier(&[SECRET]).verify(&header, BODY.as_bytes(), now()),
        Err(WebhookError::MalformedSignature("longer than 1024 bytes"))
    );
}

#[test]
fn a_verifier_never_shows_its_secret() {
    let webhooks = StripeWebhooks::from_signatures(verifier(&[SECRET]));
    assert!(!format!("{webhooks:?}").contains("test_secret"));
    assert_eq!(
        webhooks.verify(&WebhookRequest { headers: &[], body: b"" }, now()).unwrap_err(),
        WebhookError::MissingSignature
    );
}

#[test]
fn an_authentic_event_of_another_mode_or_account_is_not_for_us() {
    let webhooks = StripeWebhooks::new([secret(SECRET)]).unwrap();
    let wrong = |text: &str| Err(WebhookError::WrongEndpoint(text.to_owned()));
    let live = event(r#","livemode":true"#);
    assert_eq!(verify(&webhooks, &live), Ok("evt_1".to_owned()));
    assert_eq!(verify(&webhooks.clone().with_livemode(true), &live), Ok("evt_1".to_owned()));
    assert_eq!(verify(&webhooks.clone().with_livemode(false), &live), wrong("live mode"));
    assert_eq!(verify(&webhooks.clone().with_livemode(true), &event("")), wrong("test mode"));
    let connected = event(r#","account":"acct_1""#);
    assert_eq!(verify(&webhooks, &connected), wrong("account acct_1"));
    assert_eq!(verify(&webhooks.clone().with_account("acct_1"), &connected), Ok("evt_1".to_owned()));
    assert_eq!(verify(&webhooks.with_account("acct_1"), &event("")), wrong("the platform account"));
}

#[test]
fn an_authentic_body_that_is_no_event_is_named_as_such() {
    let webhooks = StripeWebhooks::new([secret(SECRET)]).unwrap();
    for body in ["", "[]", "null", "{}", r#"{"object":"charge"}"#, r#"{"object":"event","id":"evt_1"}"#, "{\"object\":"]
    {
        assert!(matches!(verify(&webhooks, body), Err(WebhookError::Malformed(_))), "{body}");
    }
    let thin = r#"{"object":"v2.core.event","id":"evt_1","type":"v1.charge.succeeded"}"#;
    let error = verify(&webhooks, thin).unwrap_err().to_string();
    assert!(error.contains("thin event"), "{error}");
}
