//! Forty-odd signature headers with the verdicts of the official SDKs and ours, frozen.
//!
//! The idea is the 36-variant matrix of the project's Stripe notes. `signature.rs` holds us to the table, `strangers.rs`
//! holds the table to PyPI `stripe` 16.1.0 and npm `stripe` 23.1.0.

use ring::hmac;

pub(crate) const SECRET: &str = "whsec_test_secret";
pub(crate) const OLD_SECRET: &str = "whsec_old_secret";
pub(crate) const NOW: i64 = 1_795_348_800;
pub(crate) const BODY: &str = "{\"id\":\"evt_1\",\"object\":\"event\",\"name\":\"Lámpara\"}";

/// Who accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) ours: bool,
    pub(crate) python: bool,
    pub(crate) node: bool,
}

const ALL: Verdict = Verdict { ours: true, python: true, node: true };
const NONE: Verdict = Verdict { ours: false, python: false, node: false };
const SDKS_ONLY: Verdict = Verdict { ours: false, python: true, node: true };
const PYTHON_ONLY: Verdict = Verdict { ours: false, python: true, node: false };
const NODE_ONLY: Verdict = Verdict { ours: false, python: false, node: true };

pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) header: String,
    pub(crate) body: String,
    pub(crate) secret: String,
    pub(crate) verdict: Verdict,
}

/// The hex MAC over these bytes.
pub(crate) fn mac(secret: &str, signed: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex::encode(hmac::sign(&key, signed.as_bytes()))
}

/// A genuine header.
pub(crate) fn sign(secret: &str, time: i64, body: &str) -> String {
    format!("t={time},v1={}", mac(secret, &format!("{time}.{body}")))
}

pub(crate) fn variants() -> Vec<Variant> {
    let t = NOW;
    let good = mac(SECRET, &format!("{t}.{BODY}"));
    let bad = "0".repeat(64);
    let at = |time: i64| sign(SECRET, time, BODY);
    let base64 = "3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let negative = mac(SECRET, &format!("-5.{BODY}"));
    let headers = [
        ("plain", at(t), ALL),
        ("v1 before t", format!("v1={good},t={t}"), ALL),
        ("the second of two v1", format!("t={t},v1={bad},v1={good}"), ALL),
        ("the first of two v1", format!("t={t},v1={good},v1={bad}"), ALL),
        ("an unknown scheme before", format!("v2={bad},t={t},v1={good}"), ALL),
        ("an unknown scheme after", format!("t={t},v1={good},v9=anything"), ALL),
        ("a v0 decoy", format!("t={t},v1={good},v0={bad}"), ALL),
        ("a trailing comma", format!("t={t},v1={good},"), ALL),
        ("a leading comma", format!(",t={t},v1={good}"), ALL),
        ("an item without a value", format!("t={t},novalue,v1={good}"), ALL),
        ("exactly as old as allowed", at(t - 300), ALL),
        ("exactly as far ahead as allowed", at(t + 300), ALL),
        ("t with a plus sign", format!("t=+{t},v1={good}"), ALL),
        ("t with leading zeros", format!("t=000{t},v1={good}"), ALL),
        ("too far ahead", at(t + 301), SDKS_ONLY),
        ("ten years ahead", at(t + 315_360_000), SDKS_ONLY),
        ("the same t twice", format!("t={t},t={t},v1={good}"), SDKS_ONLY),
        ("two t, the first signed", format!("t={t},t=5,v1={good}"), PYTHON_ONLY),
        ("two t, the last signed", format!("t=5,t={t},v1={good}"), NODE_ONLY),
        ("t with a word behind it", format!("t={t}x,v1={good}"), NODE_ONLY),
        ("t with a space before it", format!("t= {t},v1={good}"), SDKS_ONLY),
        ("a v1 with a second equals sign", format!("t={t},v1={good}=x"), SDKS_ONLY),
        ("too old", at(t - 301), NONE),
        ("uppercase hex", format!("t={t},v1={}", good.to_uppercase()), NONE),
        ("a space after the comma", format!("t={t}, v1={good}"), NONE),
        ("v0 only", format!("t={t},v0={good}"), NONE),
        ("no t", format!("v1={good}"), NONE),
        ("no v1", format!("t={t}"), NONE),
        ("an empty t", format!("t=,v1={good}"), NONE),
        ("t in words", format!("t=now,v1={good}"), NONE),
        ("a negative t", format!("t=-5,v1={negative}"), NONE),
        ("an empty v1", format!("t={t},v1="), NONE),
        ("a truncated MAC", format!("t={t},v1={}", &good[..62]), NONE),
        ("half a byte less", format!("t={t},v1={}", &good[..63]), NONE),
        ("a longer MAC", format!("t={t},v1={good}00"), NONE),
        ("a MAC in base64", format!("t={t},v1={base64}"), NONE),
        ("zeros", format!("t={t},v1={bad}"), NONE),
        ("a MAC without the time", format!("t={t},v1={}", mac(SECRET, BODY)), NONE),
        ("a MAC of another time", format!("t={t},v1={}", mac(SECRET, &format!("{}.{BODY}", t - 1))), NONE),
        ("capital scheme names", format!("T={t},V1={good}"), NONE),
        ("an empty header", String::new(), NONE),
        ("something else", "Bearer token".to_owned(), NONE),
        ("another secret's MAC", sign("whsec_other", t, BODY), NONE),
    ];
    let with_header = headers.into_iter().map(|(name, header, verdict)| Variant {
        name,
        header,
        body: BODY.to_owned(),
        secret: SECRET.to_owned(),
        verdict,
    });
    with_header.chain(other_bodies()).collect()
}

fn other_bodies() -> impl Iterator<Item = Variant> {
    let altered = BODY.replace("evt_1", "evt_2");
    let reserialised = BODY.replace(':', ": ");
    let bodies = [
        ("an altered body", altered, SECRET, NONE),
        ("a body written anew", reserialised, SECRET, NONE),
        ("a body with a line end", format!("{BODY}\n"), SECRET, NONE),
        ("the secret without its prefix", BODY.to_owned(), "test_secret", NONE),
        ("the secret in capitals", BODY.to_owned(), "WHSEC_TEST_SECRET", NONE),
    ];
    bodies.into_iter().map(|(name, body, secret, verdict)| Variant {
        name,
        header: sign(SECRET, NOW, BODY),
        body,
        secret: secret.to_owned(),
        verdict,
    })
}
