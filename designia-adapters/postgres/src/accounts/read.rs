//! Rows of accounts and what belongs to them, and pages of them.

use designia_core::account::{
    Account, AccountEvent, AccountEventKind, ApplicationState, Challenge, Purpose, Role, SellerApplication, Session,
};
use designia_core::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use designia_core::ports::{AccountFilter, Cursor, Page, PageRequest, StoreError, account_cursor};
use designia_core::time::Timestamp;
use uuid::Uuid;

use crate::instant::Instant;
use crate::row::{self, from_json, number};
use crate::sql::accounts as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// Id, account, generation, refreshed, created, expires, ended, client, address.
pub(super) type SessionRow = (Uuid, Uuid, i64, Instant, Instant, Instant, Option<Instant>, String, Option<String>);

/// Id, account, purpose, created, expires, attempts, closed.
pub(super) type ChallengeRow = (Uuid, Uuid, String, Instant, Instant, i64, Option<Instant>);

/// Number, instant, kind, by whom, address, note.
pub(crate) type EventRow = (i64, Instant, String, Option<Uuid>, Option<String>, Option<String>);

pub(crate) fn account(state: &str) -> Result<Account, StoreError> {
    from_json(|| "an account".to_owned(), state)
}

pub(crate) fn application(body: &str) -> Result<SellerApplication, StoreError> {
    from_json(|| "an application".to_owned(), body)
}

pub(super) fn session(row: SessionRow) -> Result<Session, StoreError> {
    let (id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from) = row;
    Ok(Session {
        id: SessionId::from_uuid(id),
        account: AccountId::from_uuid(account),
        generation: number("a session's generation", generation)?,
        refreshed_at: refreshed_at.0,
        created_at: created_at.0,
        expires_at: expires_at.0,
        ended_at: ended_at.map(|at| at.0),
        client,
        from,
    })
}

pub(super) fn challenge(row: ChallengeRow) -> Result<Challenge, StoreError> {
    let (id, account, purpose, created_at, expires_at, attempts, closed_at) = row;
    Ok(Challenge {
        id: ChallengeId::from_uuid(id),
        account: AccountId::from_uuid(account),
        purpose: row::word("a challenge's purpose", &Purpose::ALL, &purpose, Purpose::as_str)?,
        created_at: created_at.0,
        expires_at: expires_at.0,
        attempts: number("a challenge's attempts", attempts)?,
        closed_at: closed_at.map(|at| at.0),
    })
}

pub(super) async fn page(
    store: &PostgresStore,
    filter: &AccountFilter,
    page: PageRequest,
) -> Result<Page<Account>, StoreError> {
    let AccountFilter { role, standing, starts_with } = filter;
    // No text with a zero byte can be in a column, and none can be asked for.
    if [standing, starts_with].into_iter().flatten().any(|text| text.contains('\0')) {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let (at, id) = match &page.after {
        Some(after) => (Instant(after.at), cursor_id::<AccountId>(after)?.as_uuid()),
        None => (Instant::NEVER, Uuid::max()),
    };
    let page_of = |text| statement(text).bind(at).bind(id).bind(row::one_more(page.limit));
    let (role, standing) = (role.map(Role::as_str), standing.as_deref());
    let query = match (starts_with.as_ref().filter(|start| !start.is_empty()), role, standing) {
        (Some(start), role, standing) => {
            let start = start.to_lowercase();
            let end = format!("{start}\u{10ffff}");
            page_of(sql::PAGE_BY_START).bind(role).bind(standing).bind(start).bind(end).planned_anew()
        }
        (None, Some(role), standing) => page_of(sql::PAGE_BY_ROLE).bind(role).bind(standing),
        (None, None, Some(standing)) => page_of(sql::PAGE_BY_STANDING).bind(standing),
        (None, None, None) => page_of(sql::PAGE),
    };
    let states: Vec<(String,)> = store.all(query).await?;
    let rows = states.iter().map(|(state,)| account(state)).collect::<Result<Vec<_>, _>>()?;
    Ok(row::page(rows, page.limit, account_cursor))
}

pub(super) async fn applications(
    store: &PostgresStore,
    state: Option<ApplicationState>,
    page: PageRequest,
) -> Result<Page<SellerApplication>, StoreError> {
    let (at, id) = match &page.after {
        Some(after) => (Instant(after.at), cursor_id::<ApplicationId>(after)?.as_uuid()),
        None => (Instant(Timestamp::EPOCH), Uuid::nil()),
    };
    let page_of = |text| statement(text).bind(at).bind(id).bind(row::one_more(page.limit));
    let query = match state {
        Some(state) => page_of(sql::APPLICATIONS_BY_STATE).bind(state.as_str()),
        None => page_of(sql::APPLICATIONS),
    };
    let bodies: Vec<(String,)> = store.all(query).await?;
    let rows = bodies.iter().map(|(body,)| application(body)).collect::<Result<Vec<_>, _>>()?;
    Ok(row::page(rows, page.limit, |it| Cursor { at: it.submitted_at, id: it.id.to_string() }))
}

pub(super) async fn events(
    store: &PostgresStore,
    account: AccountId,
    page: PageRequest,
) -> Result<Page<AccountEvent>, StoreError> {
    let before = page.after.as_ref().map_or(Ok(i64::MAX), cursor_id)?;
    let query = statement(sql::EVENTS).bind(account.as_uuid()).bind(before).bind(row::one_more(page.limit));
    let rows: Vec<EventRow> = store.all(query).await?;
    let rows = rows.into_iter().map(|row| event(account, row)).collect::<Result<Vec<_>, StoreError>>()?;
    let page = row::page(rows, page.limit, |(no, it)| Cursor { at: it.at, id: no.to_string() });
    Ok(Page { rows: page.rows.into_iter().map(|(_, event)| event).collect(), next: page.next })
}

/// What happened to an account, and its number.
pub(crate) fn event(account: AccountId, row: EventRow) -> Result<(i64, AccountEvent), StoreError> {
    let (no, at, kind, by, from, note) = row;
    let kind = row::word("an event's kind", AccountEventKind::ALL, &kind, AccountEventKind::as_str)?;
    Ok((no, AccountEvent { account, at: at.0, kind, by: by.map(AccountId::from_uuid), from, note }))
}

fn cursor_id<T: std::str::FromStr>(cursor: &Cursor) -> Result<T, StoreError> {
    cursor.id.parse().map_err(|_| StoreError::invalid(format!("not a cursor of this list: `{cursor}`")))
}
