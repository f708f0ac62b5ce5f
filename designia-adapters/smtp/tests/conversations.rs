//! Real conversations with a mail server that is in one mood or another.

mod support;

use std::time::Duration;

use designia_core::mail::{Line, Mail, MailBody, MailKey, MailKind, Mailbox};
use designia_core::ports::{MailError, MailErrorKind, Mailer};
use designia_smtp::{Config, SmtpMailer};
use support::{Encryption, Mood, Server};

const SENDER: &str = "The Shop <mail@shop.example>";

fn mail(number: u32) -> Mail {
    let key = MailKey::new(&format!("notify-{number}"));
    Mail {
        id: key.id(),
        key,
        kind: MailKind::Receipt,
        to: Mailbox {
            name: Line::new("Zoë, \"the\" Buyer\r\nBcc: all@example.com"),
            email: address("zoe@example.com"),
        },
        subject: Line::new("Your receipt ✉\r\nBcc: all@example.com"),
        body: MailBody { text: "plain words\n.\nafter a dot".to_owned(), html: "<p>rich words</p>".to_owned() },
        account: None,
        order: None,
    }
}

fn address(text: &str) -> designia_core::account::Email {
    text.parse().expect("an address")
}

fn mailer(server: &Server, scheme: &str, rest: &str) -> SmtpMailer {
    mailer_for(server, scheme, "", rest)
}

fn mailer_for(server: &Server, scheme: &str, login: &str, rest: &str) -> SmtpMailer {
    let url = format!("{scheme}://{login}localhost:{}{rest}", server.address.port());
    let mut config: Config = url.parse().expect("a URL");
    config.timeout = Duration::from_secs(5);
    SmtpMailer::new(config.with_root(&server.root), SENDER).expect("a mailer")
}

async fn failure(mailer: &SmtpMailer) -> MailError {
    mailer.send(&mail(1)).await.expect_err("the server is in no good mood")
}

#[tokio::test]
async fn a_mail_arrives_in_both_forms_under_its_key_and_with_one_recipient() {
    let server = Server::start(Encryption::None, None).await;
    mailer(&server, "smtp", "?tls=none").send(&mail(1)).await.expect("it is taken");
    let received = &server.received()[0];
    assert_eq!((received.from.as_str(), received.to.as_str()), ("mail@shop.example", "zoe@example.com"));
    let (headers, body) = received.message.split_once("\r\n\r\n").expect("headers and a body");
    let lines: Vec<_> = headers.lines().collect();
    assert!(lines.contains(&"Message-ID: <notify-1@shop.example>"), "{headers}");
    assert!(lines.contains(&"Auto-Submitted: auto-generated"), "{headers}");
    assert!(lines.iter().any(|line| line.starts_with("From: \"The Shop\" <mail@shop.example>")), "{headers}");
    assert!(lines.iter().any(|line| line.starts_with("Date: ")), "{headers}");
    for forged in ["Bcc:", "bcc:"] {
        assert!(!lines.iter().any(|line| line.starts_with(forged)), "{headers}");
    }
    assert!(body.contains("text/plain") && body.contains("text/html"), "{body}");
    assert!(body.contains("plain words\r\n.\r\nafter a dot"), "a dot on a line of its own ends nothing: {body}");
    assert!(body.contains("<p>rich words</p>"), "{body}");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(Encryption::None, None).await;
    let mailer = mailer(&server, "smtp", "?tls=none");
    for number in 1..=5 {
        mailer.send(&mail(number)).await.expect("it is taken");
        // The connection goes back to where it is kept a moment after the answer.
        tokio::task::yield_now().await;
    }
    assert_eq!(server.received().len(), 5);
    assert!(server.connections() < 5, "{} connections", server.connections());
}

#[tokio::test]
async fn both_ways_to_encrypt_work_and_the_password_is_sent_only_then() {
    for (encryption, scheme) in [(Encryption::Tls, "smtps"), (Encryption::StartTls, "smtp")] {
        let server = Server::start(encryption, Some(("shop", "s@fe:/word"))).await;
        let mailer = mailer_for(&server, scheme, "shop:s%40fe%3A%2Fword@", "");
        mailer.send(&mail(1)).await.expect("it is taken");
        let received = &server.received()[0];
        assert_eq!((received.is_encrypted, received.user.as_deref()), (true, Some("shop")), "{scheme}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_gets_nothing() {
    let server = Server::start(Encryption::None, Some(("shop", "secret"))).await;
    let error = failure(&mailer_for(&server, "smtp", "shop:secret@", "")).await;
    assert_eq!(error.kind, MailErrorKind::Unavailable, "{error}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    let server = Server::start(Encryption::Tls, None).await;
    let config: Config = format!("smtps://localhost:{}", server.address.port()).parse().expect("a URL");
    let error = failure(&SmtpMailer::new(config, SENDER).expect("a mailer")).await;
    assert_eq!(error.kind, MailErrorKind::Unavailable, "{error}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_file_vouches_for_a_server_of_a_private_installation() {
    let path = std::env::temp_dir().join(format!("designia-smtp-ca-{}.pem", std::process::id()));
    for (encryption, scheme) in [(Encryption::Tls, "smtps"), (Encryption::StartTls, "smtp")] {
        let server = Server::start(encryption, None).await;
        let another = Server::start(encryption, None).await;
        let config: Config = format!("{scheme}://localhost:{}", server.address.port()).parse().expect("a URL");
        // A file may hold several authorities.
        for (roots, is_taken) in [([&another.root[..], &server.root].concat(), true), (another.root, false)] {
            std::fs::write(&path, roots).expect("a file");
            let config = config.clone().with_root_file(&path).expect("certificates");
            let sent = SmtpMailer::new(config, SENDER).expect("a mailer").send(&mail(1)).await;
            assert_eq!(sent.is_ok(), is_taken, "{scheme}: {sent:?}");
        }
        assert_eq!(server.received().len(), 1);
    }
    std::fs::remove_file(&path).expect("it is there");
}

#[test]
fn a_file_without_a_certificate_is_refused_by_its_name_before_anything_is_sent() {
    let path = std::env::temp_dir().join(format!("designia-smtp-no-ca-{}.pem", std::process::id()));
    let config: Config = "smtps://mail.example".parse().expect("a URL");
    let refusal = |config: Config| match config.with_root_file(&path) {
        Ok(config) => SmtpMailer::new(config, SENDER).expect_err("it can't be read").to_string(),
        Err(error) => error.to_string(),
    };
    let told = refusal(config.clone());
    assert!(told.starts_with(path.to_str().expect("a path")) && told.contains("No such file"), "{told}");
    let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    for (content, why) in [
        ("", "there is no certificate"),
        (key, "there is no certificate"),
        ("-----BEGIN CERTIFICATE-----\nhunter2!\n-----END CERTIFICATE-----\n", "can't be read"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "can't be read"),
    ] {
        std::fs::write(&path, content).expect("a file");
        let told = refusal(config.clone());
        assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
    }
    std::fs::remove_file(&path).expect("it is there");
}

#[tokio::test]
async fn a_wrong_password_is_nothing_that_is_wrong_with_the_mail() {
    let server = Server::start(Encryption::Tls, Some(("shop", "right"))).await;
    let error = failure(&mailer_for(&server, "smtps", "shop:mistyped@", "")).await;
    assert_eq!(error.kind, MailErrorKind::Unavailable, "{error}");
    assert!(!error.message.contains("mistyped"), "{error}");
}

#[tokio::test]
async fn what_the_server_will_never_take_is_refused_without_naming_the_reader() {
    let server = Server::start(Encryption::None, None).await;
    let mailer = mailer(&server, "smtp", "?tls=none");
    for mood in [
        Mood::Recipient("550 5.1.1 <zoe@example.com>: no such mailbox"),
        Mood::Finished("554 5.7.1 looks like spam for zoe@example.com"),
    ] {
        server.set(mood);
        let error = failure(&mailer).await;
        assert_eq!(error.kind, MailErrorKind::Refused, "{error}");
        assert!(!error.message.contains("zoe"), "{error}");
    }
}

#[tokio::test]
async fn an_address_in_letters_that_the_server_does_not_know_is_refused() {
    let server = Server::start(Encryption::None, None).await;
    let to = Mailbox { name: Line::default(), email: address("zoë@example.com") };
    let sent = mailer(&server, "smtp", "?tls=none").send(&Mail { to, ..mail(1) }).await;
    assert_eq!(sent.map_err(|error| error.kind), Err(MailErrorKind::Refused));
}

#[tokio::test]
async fn what_may_be_taken_later_is_unavailable_and_goes_through_then() {
    let server = Server::start(Encryption::None, None).await;
    let mailer = mailer(&server, "smtp", "?tls=none");
    for mood in [Mood::Recipient("450 4.2.1 busy"), Mood::Finished("451 4.3.0 try later"), Mood::HangsUp] {
        server.set(mood);
        let error = failure(&mailer).await;
        assert_eq!(error.kind, MailErrorKind::Unavailable, "{mood:?}: {error}");
    }
    assert!(server.received().is_empty());
    server.set(Mood::Good);
    mailer.send(&mail(1)).await.expect("it is taken");
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_for_ever() {
    let server = Server::start(Encryption::None, None).await;
    server.set(Mood::Silent);
    let mut config: Config = format!("smtp://localhost:{}?tls=none", server.address.port()).parse().expect("a URL");
    config.timeout = Duration::from_millis(200);
    let error = failure(&SmtpMailer::new(config, SENDER).expect("a mailer")).await;
    assert_eq!((error.kind, error.message.as_str()), (MailErrorKind::Unavailable, "the mail server took too long"));
}

#[tokio::test]
async fn nobody_at_the_address_is_an_outage() {
    let config: Config = "smtp://127.0.0.1:9?tls=none".parse().expect("a URL");
    let error = failure(&SmtpMailer::new(config, SENDER).expect("a mailer")).await;
    assert_eq!(error.kind, MailErrorKind::Unavailable, "{error}");
}

#[test]
fn a_mailer_may_be_made_and_dropped_outside_of_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(Server::start(Encryption::None, None));
    let mailer = mailer(&server, "smtp", "?tls=none");
    runtime.block_on(mailer.send(&mail(1))).expect("it is taken");
    drop(mailer);
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_sender_that_is_no_address_is_refused() {
    let config: Config = "smtps://mail.example".parse().expect("a URL");
    let error = SmtpMailer::new(config, "The Shop").expect_err("it is no address");
    assert_eq!(error.to_string(), "`The Shop` is not a sender like Shop <mail@shop.example>");
}
