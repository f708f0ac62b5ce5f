//! Rows of accounts and what belongs to them, and pages of them.

use designia_core::account::{
    Account, AccountEvent, AccountEventKind, ApplicationState, Challenge, Purpose, Role, SellerApplication, Session,
};
use designia_core::id::{AccountId, ApplicationId, ChallengeId, SessionId};
use designia_core::ports::{AccountFilter, Cursor, Page, PageRequest, StoreError, account_cursor};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::error::store_error;
use crate::row::{self, StoredId, from_json, micros, number};
use crate::sql::accounts as sql;

/// Id, account, generation, refreshed, created, expires, ended, client, address.
pub(super) type SessionRow = (Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<i64>, String, Option<String>);

/// Id, account, purpose, created, expires, attempts, closed.
pub(super) type ChallengeRow = (Vec<u8>, Vec<u8>, String, i64, i64, i64, Option<i64>);

/// Number, instant, kind, by whom, address, note.
pub(crate) type EventRow = (i64, i64, String, Option<Vec<u8>>, Option<String>, Option<String>);

pub(crate) fn account(state: &str) -> Result<Account, StoreError> {
    from_json(|| "an account".to_owned(), state)
}

pub(crate) fn application(body: &str) -> Result<SellerApplication, StoreError> {
    from_json(|| "an application".to_owned(), body)
}

pub(super) fn session(row: SessionRow) -> Result<Session, StoreError> {
    let (id, account, generation, refreshed_at, created_at, expires_at, ended_at, client, from) = row;
    Ok(Session {
        id: SessionId::from_uuid(row::uuid(&id)?),
        account: AccountId::from_uuid(row::uuid(&account)?),
        generation: number("a session's generation", generation)?,
        refreshed_at: Timestamp::from_micros(refreshed_at),
        created_at: Timestamp::from_micros(created_at),
        expires_at: Timestamp::from_micros(expires_at),
        ended_at: ended_at.map(Timestamp::from_micros),
        client,
        from,
    })
}

pub(super) fn challenge(row: ChallengeRow) -> Result<Challenge, StoreError> {
    let (id, account, purpose, created_at, expires_at, attempts, closed_at) = row;
    Ok(Challenge {
        id: ChallengeId::from_uuid(row::uuid(&id)?),
        account: AccountId::from_uuid(row::uuid(&account)?),
        purpose: row::word("a challenge's purpose", &Purpose::ALL, &purpose, Purpose::as_str)?,
        created_at: Timestamp::from_micros(created_at),
        expires_at: Timestamp::from_micros(expires_at),
        attempts: number("a challenge's attempts", attempts)?,
        closed_at: closed_at.map(Timestamp::from_micros),
    })
}

pub(super) async fn page(
    reader: &mut SqliteConnection,
    filter: &AccountFilter,
    page: PageRequest,
) -> Result<Page<Account>, StoreError> {
    let AccountFilter { role, standing, starts_with } = filter;
    let (at, id) = match &page.after {
        Some(after) => (micros(after.at), cursor_id::<AccountId>(after)?.bytes()),
        None => (i64::MAX, vec![u8::MAX; 16]),
    };
    let page_of = |text| sqlx::query_scalar(text).bind(at).bind(id).bind(row::one_more(page.limit));
    let role = role.map(Role::as_str);
    let query = match (starts_with.as_ref().filter(|start| !start.is_empty()), role, standing) {
        (Some(start), role, standing) => {
            let start = start.to_lowercase();
            let end = format!("{start}\u{10ffff}");
            page_of(sql::PAGE_BY_START).bind(role).bind(standing.clone()).bind(start).bind(end)
        }
        (None, Some(role), standing) => page_of(sql::PAGE_BY_ROLE).bind(role).bind(standing.clone()),
        (None, None, Some(standing)) => page_of(sql::PAGE_BY_STANDING).bind(standing.clone()),
        (None, None, None) => page_of(sql::PAGE),
    };
    let states: Vec<String> = query.fetch_all(reader).await.map_err(store_error)?;
    let rows = states.iter().map(|state| account(state)).collect::<Result<Vec<_>, _>>()?;
    Ok(row::page(rows, page.limit, account_cursor))
}

pub(super) async fn applications(
    reader: &mut SqliteConnection,
    state: Option<ApplicationState>,
    page: PageRequest,
) -> Result<Page<SellerApplication>, StoreError> {
    let (at, id) = match &page.after {
        Some(after) => (micros(after.at), cursor_id::<ApplicationId>(after)?.bytes()),
        None => (i64::MIN, Vec::new()),
    };
    let page_of = |text| sqlx::query_scalar(text).bind(at).bind(id).bind(row::one_more(page.limit));
    let query = match state {
        Some(state) => page_of(sql::APPLICATIONS_BY_STATE).bind(state.as_str()),
        None => page_of(sql::APPLICATIONS),
    };
    let bodies: Vec<String> = query.fetch_all(reader).await.map_err(store_error)?;
    let rows = bodies.iter().map(|body| application(body)).collect::<Result<Vec<_>, _>>()?;
    Ok(row::page(rows, page.limit, |it| Cursor { at: it.submitted_at, id: it.id.to_string() }))
}

pub(super) async fn events(
    reader: &mut SqliteConnection,
    account: AccountId,
    page: PageRequest,
) -> Result<Page<AccountEvent>, StoreError> {
    let before = page.after.as_ref().map_or(Ok(i64::MAX), cursor_id)?;
    let query = sqlx::query_as(sql::EVENTS).bind(account.bytes()).bind(before).bind(row::one_more(page.limit));
    let rows: Vec<EventRow> = query.fetch_all(reader).await.map_err(store_error)?;
    let rows = rows.into_iter().map(|row| event(account, row)).collect::<Result<Vec<_>, StoreError>>()?;
    let page = row::page(rows, page.limit, |(no, it)| Cursor { at: it.at, id: no.to_string() });
    Ok(Page { rows: page.rows.into_iter().map(|(_, event)| event).collect(), next: page.next })
}

/// What happened to an account, and its number.
pub(crate) fn event(account: AccountId, row: EventRow) -> Result<(i64, AccountEvent), StoreError> {
    let (no, at, kind, by, from, note) = row;
    let kind = row::word("an event's kind", AccountEventKind::ALL, &kind, AccountEventKind::as_str)?;
    let by = by.map(|by| row::uuid(&by).map(AccountId::from_uuid)).transpose()?;
    Ok((no, AccountEvent { account, at: Timestamp::from_micros(at), kind, by, from, note }))
}

fn cursor_id<T: std::str::FromStr>(cursor: &Cursor) -> Result<T, StoreError> {
    cursor.id.parse().map_err(|_| StoreError::invalid(format!("not a cursor of this list: `{cursor}`")))
}
