//! What every [`AuditLog`] must do. The cases are named for the rules.

pub mod entries;
pub mod pages;

use std::time::Duration;

use uuid::Uuid;

use crate::audit::{AuditAction, AuditEntry, AuditOutcome, AuditSubject};
use crate::id::{AccountId, AuditId};
use crate::ports::{AuditFilter, AuditLog, PageRequest, audit_cursor};
use crate::task::Json;
use crate::testing::fixtures::NOW;

/// Runs the suite of [`AuditLog`](crate::ports::AuditLog) on the [`UnderTest`](crate::testing::conformance::UnderTest) that `fresh`
/// makes: see [`request_log_conformance!`](crate::request_log_conformance).
#[macro_export]
macro_rules! audit_log_conformance {
    (block_on = $block_on:expr, fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_tests! {
            { $block_on }
            { $fresh }
            audit_log {
                entries {
                    an_entry_comes_back_as_it_was_appended,
                    every_outcome_comes_back_with_its_reason,
                    texts_as_long_as_they_may_be_come_back,
                    what_is_too_long_is_not_stored,
                    an_entry_that_is_appended_again_is_stored_once_and_stays_as_it_was,
                    of_eight_at_once_each_is_there,
                }
                pages {
                    the_newest_entry_comes_first,
                    each_entry_is_on_one_page_even_if_all_are_of_one_moment,
                    entries_are_found_by_who_did_it_by_area_and_by_subject,
                    an_area_is_a_whole_word,
                    a_cursor_that_no_page_gave_out_is_refused,
                }
            }
        }
    };
}

/// The account of this number.
pub(super) fn actor(number: u32) -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xACC0_0000 + u128::from(number)))
}

/// The entry of this number: what account 1 did to order 1, so many microseconds after [`NOW`].
pub(super) fn entry(number: u32) -> AuditEntry {
    AuditEntry {
        id: AuditId::from_uuid(Uuid::from_u128(0xA0D1_0000 + u128::from(number))),
        at: NOW + Duration::from_micros(u64::from(number)),
        actor: actor(1),
        actor_name: "Zoë \"'; {}".to_owned(),
        action: AuditAction::fixed("order.cancel"),
        subject: Some(AuditSubject::new("order", "7")),
        reason: Some("the buyer called ☎\nand asked for it".to_owned()),
        detail: Json::parse(r#"{"b":1, "a":["2",null, "\u0000"]}"#).expect("JSON"),
        outcome: AuditOutcome::Done,
        request_id: Some("01J-req".to_owned()),
        from: Some("2001:db8::1".to_owned()),
    }
}

pub(super) async fn append<L: AuditLog>(log: &L, entry: &AuditEntry) {
    log.append(entry).await.expect("the log answers");
}

/// Every entry of a filter, in pages of this length.
pub(super) async fn listed<L: AuditLog + ?Sized>(log: &L, filter: &AuditFilter, limit: u32) -> Vec<AuditEntry> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = log.audit_page(filter, PageRequest { after, limit }).await.expect("the log answers");
        assert!(page.next.is_none() || page.next == page.rows.last().map(audit_cursor), "{page:?}");
        assert!(page.rows.len() <= usize::try_from(limit).expect("a page fits into memory"), "{page:?}");
        all.extend(page.rows);
        let Some(next) = page.next else { return all };
        after = Some(next);
    }
}

/// Everything, on one page.
pub(super) async fn everything<L: AuditLog + ?Sized>(log: &L) -> Vec<AuditEntry> {
    listed(log, &AuditFilter::default(), 100).await
}
