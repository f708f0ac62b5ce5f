//! Mails, over the reference store and a mailer that can fail.

#![expect(clippy::unwrap_used, reason = "test helpers stand outside of #[test] functions")]

use super::*;
use crate::mail::{Line, MailBody, MailKey, MailKind, Mailbox};
use crate::memory::{MemoryMailer, MemoryStore};
use crate::testing::fixtures::NOW;
use crate::testing::{FixedClock, block_on};

fn office(keeps: KeptBodies) -> (Mails, MemoryMailer) {
    let mailer = MemoryMailer::new();
    let ports = MailPorts {
        store: Arc::new(MemoryStore::new()),
        mailer: Arc::new(mailer.clone()),
        clock: Arc::new(FixedClock::at(NOW)),
    };
    (Mails::new(ports, keeps), mailer)
}

fn mail(key: &str, kind: MailKind) -> Mail {
    let key = MailKey::new(key);
    Mail {
        id: key.id(),
        key,
        kind,
        to: Mailbox { name: Line::new("Zoe"), email: "zoe@example.com".parse().unwrap() },
        subject: Line::new("Hello"),
        body: MailBody { text: "text".to_owned(), html: "<p>text</p>".to_owned() },
        account: None,
        order: None,
    }
}

#[test]
fn a_mail_that_is_sent_twice_under_one_key_is_handed_over_once() {
    let (mails, mailer) = office(KeptBodies::OfTheHarmless);
    let receipt = mail("one", MailKind::Receipt);
    assert!(block_on(mails.send(&receipt)).unwrap());
    assert!(!block_on(mails.send(&receipt)).unwrap());
    assert_eq!(mailer.sent(), [receipt]);
}

#[test]
fn an_outage_is_noted_and_the_mail_goes_out_when_it_is_over() {
    let (mails, mailer) = office(KeptBodies::OfTheHarmless);
    let receipt = mail("one", MailKind::Receipt);
    mailer.fail(Some(MailError::unavailable("the connection was refused")));
    assert!(!block_on(mails.send(&receipt)).unwrap_err().is_final());
    let noted = block_on(mails.mail(receipt.id)).unwrap().unwrap();
    assert_eq!((noted.state, noted.note.as_deref()), (MailState::Waiting, Some("the connection was refused")));

    mailer.fail(None);
    assert!(block_on(mails.send(&receipt)).unwrap());
    let noted = block_on(mails.mail(receipt.id)).unwrap().unwrap();
    assert_eq!((noted.state, noted.note, noted.attempts), (MailState::Sent, None, 2));
}

#[test]
fn what_was_refused_once_is_not_tried_again_by_itself_but_may_be_sent_again_by_a_person() {
    let (mails, mailer) = office(KeptBodies::OfTheHarmless);
    let receipt = mail("one", MailKind::Receipt);
    mailer.fail(Some(MailError::refused("550 no such mailbox")));
    assert!(block_on(mails.send(&receipt)).unwrap_err().is_final());
    mailer.fail(None);
    assert_eq!(block_on(mails.send(&receipt)).unwrap_err().to_string(), "550 no such mailbox");
    assert!(mailer.sent().is_empty());

    assert!(!block_on(mails.resend(receipt.id)).unwrap(), "nobody has asked for it");
    assert!(block_on(mails.reopen(receipt.id)).unwrap());
    assert!(block_on(mails.resend(receipt.id)).unwrap());
    assert_eq!(mailer.sent(), [receipt]);
}

#[test]
fn what_opens_something_is_kept_only_where_it_is_read() {
    for (keeps, is_kept) in [(KeptBodies::OfTheHarmless, false), (KeptBodies::OfAll, true)] {
        let (mails, _) = office(keeps);
        let code = mail("one", MailKind::LogInCode);
        block_on(mails.send(&code)).unwrap();
        assert_eq!(block_on(mails.mail(code.id)).unwrap().unwrap().body.is_some(), is_kept);
        assert_eq!(block_on(mails.reopen(code.id)).unwrap(), is_kept, "what is not kept can't be sent again");
    }
}
