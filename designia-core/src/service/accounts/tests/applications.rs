//! From customer to seller, and back to the applicant as often as it takes. Defect D-45 of the first backend: states were not
//! enforced, a revision could never be sent in, nobody could see the list, and nobody was told.

use super::super::{AccountError, Application, ApplicationDecision};
use super::site::Site;
use crate::account::{ApplicationState, Letter, Role, SellerType, Standing};
use crate::id::AccountId;
use crate::ports::PageRequest;
use crate::testing::block_on;

fn good() -> Application {
    Application {
        business_name: "Aurora Ceramics".to_owned(),
        seller_type: "individual".to_owned(),
        motivation: "I throw and fire porcelain.".to_owned(),
        ..Application::default()
    }
}

fn people(site: &Site) -> (AccountId, AccountId) {
    let staff = site.somebody_who("helper", |it| (it.standing, it.staff) = (Standing::Active, true));
    (staff, site.somebody_with_codes("ada"))
}

#[test]
fn an_application_goes_to_and_fro_until_it_is_approved() {
    let site = Site::new();
    let (staff, ada) = people(&site);
    let session = site.other_node();
    let sent = block_on(site.accounts.apply(ada, &good())).unwrap();
    assert!(matches!(block_on(site.accounts.apply(ada, &good())), Err(AccountError::Application(_))), "one at a time");
    let decide = |decision| block_on(site.accounts.decide_application(sent.id, staff, &decision, Some("a note")));
    let revise = ApplicationDecision::Revise { reason: "show more of your work".to_owned() };
    for (decision, state, letter) in [
        (ApplicationDecision::Review, ApplicationState::UnderReview, None),
        (
            revise,
            ApplicationState::RevisionRequested,
            Some(Letter::RevisionRequested { reason: "show more of your work".to_owned() }),
        ),
    ] {
        site.work();
        assert_eq!(decide(decision).unwrap().state, state);
        assert_eq!(
            site.work().into_iter().map(|it| it.letter).collect::<Vec<_>>(),
            letter.into_iter().collect::<Vec<_>>()
        );
    }
    let again = block_on(
        site.accounts.apply(ada, &Application { motivation: "Here is more of my work.".to_owned(), ..good() }),
    )
    .unwrap();
    assert_eq!((again.id, again.state, again.reason), (sent.id, ApplicationState::Pending, None));
    decide(ApplicationDecision::Reject { reason: "not this year".to_owned() }).unwrap();
    block_on(session.apply(ada, &good())).unwrap();
    let approved = decide(ApplicationDecision::Approve).unwrap();
    assert_eq!((approved.state, approved.decided.map(|(by, _)| by)), (ApplicationState::Approved, Some(staff)));
    let account = site.account(ada);
    assert_eq!((account.role, account.seller_type), (Role::Seller, Some(SellerType::Individual)));
    assert!(site.work().iter().any(|it| it.letter == Letter::ApplicationApproved));
    for decision in [
        ApplicationDecision::Review,
        ApplicationDecision::Approve,
        ApplicationDecision::Reject { reason: "x".to_owned() },
    ] {
        assert!(matches!(decide(decision), Err(AccountError::Application(_))), "what is approved stays so");
    }
    assert!(matches!(block_on(site.accounts.apply(ada, &good())), Err(AccountError::State(_))));
}

#[test]
fn an_application_needs_a_second_factor_and_fields_that_say_something() {
    let site = Site::new();
    let (_, ada) = people(&site);
    let bob = site.somebody("bob");
    assert!(matches!(block_on(site.accounts.apply(bob, &good())), Err(AccountError::SecondFactorNeeded)));
    let bad = Application {
        business_name: "AC".to_owned(),
        seller_type: "shopkeeper".to_owned(),
        motivation: "money".to_owned(),
        portfolio_url: "javascript:alert(1)".to_owned(),
        images: vec!["a.png".to_owned(); 11],
        ..Application::default()
    };
    let Err(AccountError::Invalid(rules)) = block_on(site.accounts.apply(ada, &bad)) else { panic!("refused") };
    let mut fields: Vec<_> = rules.iter().map(|rule| rule.field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["business_name", "motivation", "portfolio_url", "seller_type", "uploaded_images"]);
}

#[test]
fn a_refusal_says_why_and_nobody_decides_about_themselves() {
    let site = Site::new();
    let (staff, ada) = people(&site);
    let sent = block_on(site.accounts.apply(ada, &good())).unwrap();
    let decide = |by, decision| block_on(site.accounts.decide_application(sent.id, by, &decision, None));
    let silent = ApplicationDecision::Reject { reason: "  ".to_owned() };
    assert!(matches!(decide(staff, silent), Err(AccountError::Invalid(_))));
    assert!(matches!(decide(ada, ApplicationDecision::Approve), Err(AccountError::Forbidden(_))));
    let page = || PageRequest { after: None, limit: 10 };
    assert_eq!(block_on(site.accounts.applications(None, page())).unwrap().rows, [sent]);
    assert_eq!(block_on(site.accounts.applications(Some(ApplicationState::Rejected), page())).unwrap().rows, []);
}
