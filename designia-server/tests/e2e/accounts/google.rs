//! Sign-in with Google: its keys are served here, and its tokens are signed with a key that was made for this test.

use axum::Router;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Place, Server};
use crate::visitor::{Reply, Visitor};

const CLIENT_ID: &str = "a-client.apps.example";

/// Whoever signs Google's tokens.
struct Signer(RsaKeyPair);

impl Signer {
    fn new() -> Self {
        let der = STANDARD.decode(include_str!("test_key.txt").trim()).unwrap();
        Self(RsaKeyPair::from_der(&der).unwrap())
    }

    /// The page with the keys, and where it is.
    async fn publish(&self) -> String {
        let key: RsaPublicKeyComponents<Vec<u8>> = self.0.public().into();
        let (n, e) = (URL_SAFE_NO_PAD.encode(key.n), URL_SAFE_NO_PAD.encode(key.e));
        let page = json!({ "keys": [{ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", "n": n, "e": e }] })
            .to_string();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/certs", listener.local_addr().unwrap());
        let router = Router::new().route("/certs", get(move || std::future::ready(page.clone())));
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", text(header), text(claims));
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn log_in(visitor: &Visitor, token: &str) -> Reply {
    visitor.nobody().post("/api/auth/google/login/", json!({ "token": token })).await
}

/// Defect D-22: any address linked, and the second factor was passed by.
#[tokio::test]
async fn who_google_vouches_for_logs_in_and_nobody_else() {
    let signer = Signer::new();
    let args = ["--google-oauth-client-id", CLIENT_ID, "--google-oauth-keys-url", &signer.publish().await];
    let server = Server::start(&Place::memory(), &args).await;
    let visitor = Visitor::of(&server);
    let post = visitor.demo("admin").await.at;
    let now = server.clock.now();
    let header = json!({ "alg": "RS256", "kid": "k1", "typ": "JWT" });
    let good = json!({ "iss": "https://accounts.google.com", "aud": CLIENT_ID, "sub": "1001", "iat": now, "exp": now + 3600,
        "email": "vera@example.net", "email_verified": true, "given_name": "Vera", "family_name": "Ox" });
    let with = |field: &str, value: Value| {
        let mut claims = good.clone();
        claims[field] = value;
        claims
    };
    let first = log_in(&visitor, &signer.sign(&header, &good)).await.with_status(200);
    assert_eq!(first["user"]["is_oauth_only_user"], true);
    assert_eq!(first["user"]["first_name"], "Vera");
    let moved = with("email", json!("vera@elsewhere.example"));
    let again = log_in(&visitor, &signer.sign(&header, &moved)).await.with_status(200);
    assert_eq!(again["user"]["id"], first["user"]["id"], "known by what never changes");
    let forged = format!("{}x", signer.sign(&header, &good).trim_end_matches(|c: char| c != '.'));
    for bad in [
        signer.sign(&header, &with("aud", json!("another-client"))),
        signer.sign(&header, &with("iss", json!("https://accounts.example"))),
        signer.sign(&header, &with("exp", json!(now - 3600))),
        signer.sign(&json!({ "alg": "RS256", "kid": "k2" }), &good),
        signer.sign(&json!({ "alg": "HS256", "kid": "k1" }), &good),
        signer.sign(&json!({ "alg": "none", "kid": "k1" }), &good),
        signer.sign(&json!({ "alg": "RS256" }), &good),
        forged,
        "nonsense".to_owned(),
    ] {
        assert_eq!(log_in(&visitor, &bad).await.with_status(400)["code"], "not_vouched", "{bad}");
    }
    let jo = visitor.join("jo", &post).await;
    jo.secure(&post).await;
    let mut claims = with("email", json!(jo.email));
    claims["sub"] = json!("1002");
    claims["email_verified"] = json!(false);
    log_in(&visitor, &signer.sign(&header, &claims)).await.with_status(400);
    claims["email_verified"] = json!(true);
    let asked = log_in(&visitor, &signer.sign(&header, &claims)).await.with_status(202);
    assert_eq!(asked["requires_2fa"], true, "the second factor is asked for all the same");
}

#[tokio::test]
async fn without_a_client_id_there_is_no_such_log_in() {
    let server = Server::start(&Place::memory(), &[]).await;
    log_in(&Visitor::of(&server), "nonsense").await.with_status(404);
}
