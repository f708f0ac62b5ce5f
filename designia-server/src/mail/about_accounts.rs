//! What mails about accounts say.

use designia_core::account::{Challenge, ChallengeKey, Email, Letter, Purpose};

use super::letter::{Action, Content};
use super::links::Links;
use super::when::moment;

/// Who has nothing to do with it hears how to be safe.
const NOT_YOU: &str = "If this was not you, set a new password at once: whoever did it may know the old one.";

const IGNORE: &str =
    "If you did not ask for this, you need not do anything. Never give the code or the link to anybody.";

/// What a letter says; `None` for one that is about a challenge, which [`of_challenge`] writes.
pub(super) fn of_letter(letter: &Letter, links: &Links) -> Option<Content> {
    Some(match letter {
        Letter::Challenge { .. } => return None,
        Letter::AddressInUse => Content {
            action: to("Set a new password", links.forgot()),
            notes: vec!["If this was not you, you need not do anything: nothing has changed.".to_owned()],
            ..told(
                "You already have an account",
                "Somebody tried to open an account with this address, and there is one already. Log in with it, or set a new \
                 password if you have forgotten yours.",
            )
        },
        Letter::PasswordChanged => safety("Your password was changed", "All other sessions were ended.", links),
        Letter::SecondFactorChanged => safety(
            "Your second factor was changed",
            "What is asked for besides your password is not what it was.",
            links,
        ),
        Letter::RecoveryCodeUsed { left } => {
            let left = format!("One of your recovery codes was used to log in. You have {left} left.");
            safety("A recovery code was used", &left, links)
        }
        Letter::SessionEnded => safety(
            "A session was ended",
            "A token of one of your sessions was used twice. Somebody may have had a copy of it, so the session was ended; log in \
             again.",
            links,
        ),
        Letter::ApplicationReceived => told(
            "Your application has arrived",
            "Thank you for wanting to sell with us. Somebody looks at your application and you will hear from us.",
        ),
        Letter::ApplicationApproved => Content {
            action: to("To your shop", links.seller()),
            ..told("You are a seller now", "Your application was approved. You can offer your products from now on.")
        },
        Letter::ApplicationRejected { reason } => because(
            told(
                "Your application was turned down",
                "We are sorry: your application to become a seller was turned down.",
            ),
            reason,
        ),
        Letter::RevisionRequested { reason } => Content {
            action: to("Change the application", links.seller()),
            ..because(
                told("Your application is to be changed", "Please change your application and send it in again."),
                reason,
            )
        },
        Letter::Disabled => told(
            "Your account was closed",
            "Those who run the marketplace have closed your account. Orders that are under way are not affected.",
        ),
        Letter::ExportReady => Content {
            action: to("To your account", links.account()),
            notes: vec!["It can be fetched for a while, by you alone: log in first.".to_owned()],
            ..told("Your data are ready", "The copy of your data that you asked for can be fetched.")
        },
        Letter::Deleted { .. } => Content {
            notes: vec!["What the law wants kept of orders and payments is kept without your name.".to_owned()],
            ..told("Your account is gone", "Your account was deleted, as you asked. This is the last mail from us.")
        },
    })
}

/// What the mail with the code or link of a challenge says.
pub(super) fn of_challenge(challenge: &Challenge, key: &ChallengeKey, email: &Email, links: &Links) -> Content {
    let code = key.code(challenge.purpose, challenge.id);
    let until = format!("It works once, until {}.", moment(challenge.expires_at));
    let notes = vec![until, IGNORE.to_owned()];
    let by_code = |subject, text| Content { code: Some(code.clone()), ..told(subject, text) };
    let content = match challenge.purpose {
        Purpose::VerifyEmail => Content {
            action: to("Verify the address", links.verify(&key.token(challenge.purpose, challenge.id))),
            ..told("Verify your address", "Please show that this address is yours. Then your account can be used.")
        },
        Purpose::ResetPassword => Content {
            action: to("Set a new password", links.reset(email, &code)),
            ..told("Set a new password", "Somebody asked for a new password for your account.")
        },
        Purpose::LogIn => by_code("Your code to log in", "Type this code to log in:"),
        Purpose::EnableSecondFactor => {
            by_code("Your code to turn the second factor on", "Type this code to turn the second factor on:")
        }
        Purpose::DisableSecondFactor => {
            by_code("Your code to turn the second factor off", "Type this code to turn the second factor off:")
        }
    };
    Content { notes, ..content }
}

fn told(subject: &str, text: &str) -> Content {
    Content {
        subject: subject.to_owned(),
        heading: subject.to_owned(),
        paragraphs: vec![text.to_owned()],
        ..Content::default()
    }
}

fn safety(subject: &str, text: &str, links: &Links) -> Content {
    Content {
        action: to("Set a new password", links.forgot()),
        notes: vec!["If this was you, all is well.".to_owned()],
        paragraphs: vec![text.to_owned(), NOT_YOU.to_owned()],
        ..told(subject, text)
    }
}

fn because(mut content: Content, reason: &str) -> Content {
    if !reason.trim().is_empty() {
        content.paragraphs.push(reason.trim().to_owned());
    }
    content
}

fn to(label: &'static str, url: String) -> Option<Action> {
    Some(Action { label, url })
}
