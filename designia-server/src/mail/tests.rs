//! Every letter: what it says, where it leads, and that nobody can write into it what it doesn't say.

use designia_core::account::{Challenge, ChallengeKey, Letter, Purpose};
use designia_core::effect::MessageKind;
use designia_core::id::{AccountId, ChallengeId};
use designia_core::mail::{Line, MailBody, MailKind};
use designia_core::order::{CancelReason, Order};
use designia_core::testing::fixtures::{NOW, euros, placed, placement, seller, total};
use designia_core::testing::lives::lives;
use uuid::Uuid;

use super::about_accounts;
use super::about_orders::of_message;
use super::letter::{Action, Content, body};
use super::links::Links;
use super::told;
use super::when::moment;

/// What somebody may call themselves, their goods or their reasons.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\r\nBcc: all@example.com";

fn links() -> Links {
    Links::below("https://shop.example")
}

fn written(content: &Content, name: &str) -> MailBody {
    body(content, "My Shop", &Line::new(name)).unwrap()
}

fn every_letter(reason: &str) -> Vec<Letter> {
    vec![
        Letter::AddressInUse,
        Letter::PasswordChanged,
        Letter::SecondFactorChanged,
        Letter::RecoveryCodeUsed { left: 7 },
        Letter::SessionEnded,
        Letter::ApplicationReceived,
        Letter::ApplicationApproved,
        Letter::ApplicationRejected { reason: reason.to_owned() },
        Letter::RevisionRequested { reason: reason.to_owned() },
        Letter::Disabled,
        Letter::ExportReady,
        Letter::Deleted { email: "zoe@example.com".parse().unwrap() },
    ]
}

fn every_message(words: &str) -> Vec<MessageKind> {
    let (seller, reason) = (seller(1), words.to_owned());
    vec![
        MessageKind::OrderPlaced { total: euros(4_990), pay_by: NOW },
        MessageKind::PaymentReminder { total: euros(4_990), pay_by: NOW },
        MessageKind::PaymentReceived { total: euros(4_990) },
        MessageKind::SellerOrder { seller },
        MessageKind::OrderCancelled { reason: reason.clone() },
        MessageKind::OrderReinstated,
        MessageKind::ConsignmentCancelled { seller, reason: reason.clone() },
        MessageKind::Shipped { seller, carrier: words.to_owned(), tracking_number: words.to_owned() },
        MessageKind::Delivered { seller },
        MessageKind::SellerCancelled { seller, reason },
        MessageKind::Refunded { amount: euros(4_990) },
        MessageKind::NeedsAttention { what: words.to_owned(), deadline: NOW },
    ]
}

fn order() -> Order {
    placed(placement(1)).order
}

/// An order whose goods have such a name.
fn order_of(title: &str) -> Order {
    let mut placement = placement(1);
    for (_, lines, _) in &mut placement.consignments {
        for line in lines {
            line.title = title.to_owned();
        }
    }
    placed(placement).order
}

fn every_content(words: &str, order: &Order) -> Vec<Content> {
    let of_letters = every_letter(words).into_iter().filter_map(|letter| about_accounts::of_letter(&letter, &links()));
    let of_challenges = Purpose::ALL.into_iter().map(|purpose| {
        let challenge = challenge(purpose);
        about_accounts::of_challenge(&challenge, &key(), &"zoe@example.com".parse().unwrap(), &links())
    });
    let of_orders = every_message(words).into_iter().filter_map(|kind| of_message(&kind, order, &links()).unwrap());
    of_letters.chain(of_challenges).chain(of_orders).collect()
}

fn challenge(purpose: Purpose) -> Challenge {
    let account = AccountId::from_uuid(Uuid::from_u128(1));
    Challenge::new(ChallengeId::from_uuid(Uuid::from_u128(7)), account, purpose, NOW)
}

fn key() -> ChallengeKey {
    ChallengeKey::new(b"a secret of the installation")
}

#[test]
fn every_letter_is_written_in_both_forms_and_lacks_nothing() {
    let contents = every_content("some words", &order());
    assert_eq!(contents.len(), MailKind::ALL.len(), "one of each kind");
    for content in contents {
        let MailBody { text, html } = written(&content, "Zoe Jones");
        for (form, is_html) in [(&text, false), (&html, true)] {
            assert!(form.contains(&content.heading), "{form}");
            assert!(form.contains("Hello Zoe Jones,") && form.contains("My Shop"), "{form}");
            for paragraph in content.paragraphs.iter().chain(&content.notes) {
                let expected = if is_html { paragraph.replace('\'', "&#39;") } else { paragraph.clone() };
                assert!(form.contains(&expected), "{expected} in {form}");
            }
            for unfilled in ["{{", "{%", "None", "Some(", "  ,"] {
                assert!(!form.contains(unfilled), "{unfilled} in {form}");
            }
        }
        assert!(!content.paragraphs.iter().any(String::is_empty), "{content:?}");
        assert_eq!(Line::new(&content.subject).as_str(), content.subject, "a subject is one line");
        assert!(!html.contains("<img") && !html.contains("src="), "nothing is loaded");
    }
}

#[test]
fn whatever_people_write_is_shown_and_never_runs() {
    for content in every_content(HOSTILE, &order_of(HOSTILE)) {
        let html = written(&content, HOSTILE).html;
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert_eq!(
            html.matches("onerror=alert").count(),
            html.matches("&#60;img src=x onerror=alert").count(),
            "{html}"
        );
        assert!(!content.subject.contains("script"), "what people write stands in no subject: {}", content.subject);
    }
}

#[test]
fn an_address_with_an_apostrophe_is_shown_as_it_is_and_ends_no_attribute() {
    let address = "zoë.o'neil+orders@example.com".parse::<designia_core::account::Email>().unwrap();
    let action = Action { label: "Look", url: format!("https://shop.example/?for={address}") };
    let content = Content {
        heading: format!("For {address}"),
        paragraphs: vec![format!("{address} was told")],
        action: Some(action),
        ..Content::default()
    };
    let MailBody { text, html } = written(&content, address.as_str());
    assert_eq!(text.matches(address.as_str()).count(), 4, "{text}");
    assert!(html.matches("zoë.o&#39;neil+orders@example.com").count() >= 4 && !html.contains("o'neil"), "{html}");
}

#[test]
fn a_code_stands_in_the_mail_and_not_in_its_subject() {
    for purpose in Purpose::ALL {
        let challenge = challenge(purpose);
        let email = "zoe@example.com".parse().unwrap();
        let content = about_accounts::of_challenge(&challenge, &key(), &email, &links());
        let MailBody { text, html } = written(&content, "Zoe");
        let secret = match purpose {
            Purpose::VerifyEmail => key().token(purpose, challenge.id),
            Purpose::LogIn | Purpose::EnableSecondFactor | Purpose::DisableSecondFactor | Purpose::ResetPassword => {
                key().code(purpose, challenge.id)
            }
        };
        assert!(text.contains(&secret) && html.contains(&secret), "{purpose:?}: {text}");
        assert!(!content.subject.contains(&secret), "{}", content.subject);
        assert!(text.contains(&format!("It works once, until {}.", moment(challenge.expires_at))), "{text}");
    }
}

#[test]
fn links_lead_to_the_pages_that_the_web_client_has() {
    let email = "zoe@example.com".parse().unwrap();
    let of = |purpose| about_accounts::of_challenge(&challenge(purpose), &key(), &email, &links()).action.unwrap().url;
    let id = challenge(Purpose::VerifyEmail).id;
    let token = key().token(Purpose::VerifyEmail, id);
    assert_eq!(of(Purpose::VerifyEmail), format!("https://shop.example/verify-email/{token}"));
    let code = key().code(Purpose::ResetPassword, id);
    let reset = format!("https://shop.example/reset-password?email=zoe%40example.com&code={code}");
    assert_eq!(of(Purpose::ResetPassword), reset);
    let html =
        written(&about_accounts::of_challenge(&challenge(Purpose::ResetPassword), &key(), &email, &links()), "Zoe");
    assert!(html.html.contains(&format!("href=\"{}\"", reset.replace('&', "&#38;"))), "{}", html.html);
    assert!(html.text.contains(&reset), "{}", html.text);
}

#[test]
fn a_receipt_lists_what_was_bought_for_exactly_how_much() {
    let order = order();
    let content = of_message(&MessageKind::PaymentReceived { total: total() }, &order, &links()).unwrap().unwrap();
    let lines: usize = order.contents().consignments.iter().map(|part| part.lines.len()).sum();
    let shipped = order.contents().consignments.iter().filter(|part| part.shipping.is_positive()).count();
    assert_eq!(content.rows.len(), lines + shipped + 1);
    let last = content.rows.last().unwrap();
    assert_eq!((last.what.as_str(), last.amount.clone(), last.is_total), ("Total", total().to_string(), true));
    let text = written(&content, "Zoe").text;
    for part in &order.contents().consignments {
        for line in &part.lines {
            let row = format!("{} × {}: {}", line.quantity, line.title, line.total().unwrap());
            assert!(text.contains(&row), "{row} in {text}");
        }
    }
}

#[test]
fn nobody_is_asked_to_pay_what_is_paid_nor_to_ship_what_is_cancelled() {
    let mut seen = [false; 2];
    for order in lives().into_iter().flat_map(|life| life.commits).map(|commit| commit.order) {
        let reminder = MessageKind::PaymentReminder { total: order.contents().total, pay_by: NOW };
        let is_asked = of_message(&reminder, &order, &links()).unwrap().is_some();
        assert_eq!(is_asked, order.status().as_str() == "pending_payment", "{}", order.status().as_str());
        seen[usize::from(is_asked)] = true;
        for (part, fulfilment) in order.consignments() {
            let told = of_message(&MessageKind::SellerOrder { seller: part.seller }, &order, &links()).unwrap();
            assert_eq!(told.is_none(), fulfilment.is_cancelled());
        }
    }
    assert_eq!(seen, [true; 2], "both happen");
}

#[test]
fn what_is_told_on_the_site_is_told_of_every_message_and_has_room() {
    for message in every_message(&"w".repeat(3_000)) {
        let words = told::of_message(&message);
        assert!(!words.title.is_empty() && words.title.chars().count() < 100, "{words:?}");
        assert!(!words.message.is_empty(), "{words:?}");
    }
    let told = every_letter("a reason").iter().filter_map(told::of_letter).count();
    assert_eq!(told, every_letter("").len() - 3, "all but what is for the mailbox alone");
}

#[test]
fn a_cancellation_says_why() {
    let reason = CancelReason::PaymentTimeout.to_string();
    let content = of_message(&MessageKind::OrderCancelled { reason }, &order(), &links()).unwrap().unwrap();
    assert!(written(&content, "").text.contains("Your order was cancelled: not paid in time."));
}
