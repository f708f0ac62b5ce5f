//! Rules about mails as data.

use super::*;
use crate::account::Purpose;

#[test]
fn a_line_break_in_a_subject_or_a_name_can_forge_no_header() {
    for hostile in ["Hello\r\nBcc: all@example.com", "Hello\nBcc: all@example.com", "Hello\u{2028}Bcc: all@example.com"]
    {
        assert_eq!(Line::new(hostile).as_str(), "Hello Bcc: all@example.com");
    }
    let read: Line = serde_json::from_str("\"a\\r\\nb\"").unwrap();
    assert_eq!(read.as_str(), "a b", "what is read back from a store goes the same way");
}

#[test]
fn a_name_cannot_be_made_to_look_like_another_by_turning_its_direction() {
    assert_eq!(Line::new("moc\u{202E}.elpmaxe").as_str(), "moc .elpmaxe");
}

#[test]
fn what_is_too_long_for_a_line_is_cut_with_an_ellipsis() {
    let line = Line::new(&"ä".repeat(1_000));
    assert_eq!((line.as_str().chars().count(), line.as_str().ends_with('…')), (Line::MAX, true));
}

#[test]
fn a_key_fits_into_a_message_id_whatever_it_is_made_of() {
    let key = MailKey::new("notify-1.2 <x@y>\r\nBcc: z");
    assert_eq!(key.as_str(), "notify-1-2--x-y---Bcc--z");
    assert_eq!(key.id(), MailKey::new("notify-1.2 <x@y>\r\nBcc: z").id(), "the same cause is the same mail");
    assert_ne!(key.id(), MailKey::new("notify-2").id());
}

#[test]
fn whatever_meets_a_challenge_is_a_secret_that_nobody_can_turn_off() {
    for purpose in Purpose::ALL {
        let kind = MailKind::of_challenge(purpose);
        assert!(kind.is_secret() && kind.mutable().is_none(), "{kind}");
    }
    assert_eq!(MailKind::ALL.iter().filter(|kind| kind.is_secret()).count(), Purpose::ALL.len());
}

#[test]
fn the_debug_form_of_a_mail_says_nothing_of_what_it_says_to_whom() {
    let key = MailKey::new("one");
    let mail = Mail {
        id: key.id(),
        key,
        kind: MailKind::LogInCode,
        to: Mailbox { name: Line::new("Zoe"), email: "zoe@example.com".parse().unwrap() },
        subject: Line::new("Your code"),
        body: MailBody { text: "123456".to_owned(), html: "<b>123456</b>".to_owned() },
        account: None,
        order: None,
    };
    assert_eq!(format!("{mail:?}"), "Mail { key: MailKey(\"one\"), kind: LogInCode, .. }");
    let record = format!("{:?}", MailRecord::of(&mail, true, crate::time::Timestamp::EPOCH));
    assert!(!record.contains("123456") && !record.contains("zoe"), "{record}");
}
