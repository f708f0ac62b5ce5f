//! Everything that is kept about a person, for that person.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{AccountError, Accounts, EXPORT, Origin, event};
use crate::account::{Account, AccountEventKind, Letter};
use crate::id::{AccountId, TaskId};
use crate::order::{Order, Recorded};
use crate::ports::{AccountCommit, ObjectKey, OrderFilter, OrderQueries, Page, PageRequest, PersonalData, StoreError};
use crate::time::Timestamp;

/// Rows read from a store at a time.
const CHUNK: u32 = 200;

/// What names an export: its owner, and an id that nobody can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub id: TaskId,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

impl Accounts {
    /// Asks for an export, which a task puts together.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], [`AccountError::Unavailable`] if there is nowhere to put it, or a store error.
    pub async fn ask_for_export(&self, account: AccountId, origin: &Origin) -> Result<Export, AccountError> {
        if self.ports.exports.is_none() {
            return Err(AccountError::Unavailable("this server keeps no exports".to_owned()));
        }
        self.may_export(account).await?;
        let mut chance = [0; 16];
        self.ports.vault.random(&mut chance)?;
        let id = TaskId::from_uuid(uuid::Builder::from_random_bytes(chance).into_uuid());
        let asked_at = self.now();
        let export = Export { account, id, asked_at };
        let changed = self.change(account, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            commit.events.push(event(commit.account.id, AccountEventKind::Exported, origin, now));
            commit.tasks.push(self.task(EXPORT, &export, now)?);
            Ok((commit, ()))
        });
        changed.await.map(|_| export)
    }

    /// An export, for its owner and for as long as it is kept. `None` while it is being put together.
    ///
    /// # Errors
    /// [`AccountError::NoSuch`] if it is over or was never asked for by this account, or a store error.
    pub async fn fetch_export(&self, account: AccountId, id: TaskId) -> Result<Vec<u8>, AccountError> {
        let storage = self.ports.exports.as_ref().ok_or(AccountError::NoSuch("export"))?;
        let file = storage.get(&key(account, id)?).await?;
        // Whose file it is stands in its key, and until when it can be fetched in the file.
        let file = file.ok_or(AccountError::NoSuch("export"))?;
        let head = serde_json::from_slice::<Head>(&file).map_err(|_| AccountError::NoSuch("export"))?;
        if self.now() < head.valid_until { Ok(file) } else { Err(AccountError::NoSuch("export")) }
    }

    /// Puts an export together.
    pub(super) async fn export(&self, export: Export) -> Result<(), AccountError> {
        let storage = self.ports.exports.as_ref().ok_or(AccountError::NoSuch("place for exports"))?;
        let account = self.active(export.account).await?;
        let mut file = Map::new();
        let valid_until = export.asked_at + self.policy.export_kept;
        file.insert("valid_until".to_owned(), json!(valid_until));
        file.insert("exported_at".to_owned(), json!(self.now()));
        file.insert("account".to_owned(), self.own_data(&account).await?);
        for subject in &self.ports.personal {
            file.insert(subject.name().to_owned(), subject.export(account.id).await?);
        }
        let content = serde_json::to_vec_pretty(&file).map_err(|error| AccountError::Failed(error.to_string()))?;
        storage.put(&key(export.account, export.id)?, content).await?;
        let changed = self.change(export.account, |account, now| {
            let mut commit = AccountCommit::of(account, now);
            commit.tasks.push(self.mail(commit.account.id, Letter::ExportReady, now)?);
            Ok((commit, ()))
        });
        changed.await.map(drop)
    }

    /// Takes an export away when its time is over.
    pub(super) async fn drop_export(&self, export: Export) -> Result<(), AccountError> {
        match &self.ports.exports {
            Some(storage) => Ok(storage.delete(&key(export.account, export.id)?).await?),
            None => Ok(()),
        }
    }

    /// Everything about the account itself, without what only proves who its owner is.
    async fn own_data(&self, account: &Account) -> Result<Value, AccountError> {
        let sessions = self.ports.store.live_sessions(account.id, self.now()).await?;
        let sessions: Vec<_> = sessions
            .iter()
            .map(|it| json!({ "opened_at": it.created_at, "last_used_at": it.refreshed_at, "client": it.client, "from": it.from }))
            .collect();
        let mut events = Vec::new();
        let mut after = None;
        loop {
            let page = self.ports.store.account_events(account.id, PageRequest { after, limit: CHUNK }).await?;
            events.extend(
                page.rows
                    .into_iter()
                    .map(|event| json!({ "at": event.at, "what": event.kind, "from": event.from, "note": event.note })),
            );
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let application = self.application_of(account.id).await?.map(|it| {
            json!({
                "state": it.state, "business_name": it.business_name, "seller_type": it.seller_type,
                "motivation": it.motivation, "portfolio_url": it.portfolio_url, "social_media_url": it.social_media_url,
                "images": it.images, "submitted_at": it.submitted_at, "reason": it.reason,
            })
        });
        let identities: Vec<_> =
            account.identities.iter().map(|it| json!({ "by": it.provider, "as": it.subject })).collect();
        Ok(json!({
            "id": account.id, "email": account.email, "username": account.username,
            "first_name": account.first_name, "last_name": account.last_name, "role": account.role, "staff": account.staff,
            "seller_type": account.seller_type, "profile": account.profile, "vouched_for": identities,
            "second_factor": { "by_mail": account.second_factor.email,
                "by_program": account.second_factor.totp.as_ref().is_some_and(|totp| totp.confirmed),
                "recovery_codes_left": account.second_factor.recovery.len() },
            "created_at": account.created_at, "updated_at": account.updated_at, "last_login": account.last_login,
            "sessions": sessions, "events": events, "seller_application": application,
        }))
    }
}

/// Exports lie where nothing else does, and pictures only are handed to everybody.
fn key(account: AccountId, id: TaskId) -> Result<ObjectKey, AccountError> {
    let text = format!("exports/{account}/{}.json", id.as_uuid());
    text.parse().map_err(|error| AccountError::Failed(format!("{error}")))
}

/// What is read of an export before it is handed out.
#[derive(Deserialize)]
struct Head {
    valid_until: Timestamp,
}

/// A person's orders, as their buyer and as a seller. They are what the books need: nothing of them is taken away.
#[derive(Clone, Debug)]
pub struct OrdersOfPerson(pub Arc<dyn OrderQueries>);

#[async_trait]
impl PersonalData for OrdersOfPerson {
    fn name(&self) -> &'static str {
        "orders"
    }

    async fn export(&self, account: AccountId) -> Result<Value, StoreError> {
        let bought = OrderFilter { buyer: Some(account.buyer()), ..OrderFilter::default() };
        let bought = self.all(&bought, |order, history| {
            let contents = order.contents();
            let happened: Vec<_> = history.iter().map(|it| json!({ "at": it.at, "what": it.event })).collect();
            json!({
                "id": order.id(), "status": order.status().as_str(), "placed_at": contents.placed_at,
                "total": contents.total.to_string(), "email": contents.email, "ship_to": contents.ship_to,
                "notes": contents.notes, "parts": contents.consignments, "history": happened,
            })
        });
        let sold = OrderFilter { seller: Some(account.seller()), ..OrderFilter::default() };
        let sold = self.all(&sold, |order, _| {
            // The buyer's name and address are somebody else's.
            let own = order.contents().consignments.iter().find(|part| part.seller == account.seller());
            json!({ "id": order.id(), "placed_at": order.contents().placed_at, "part": own })
        });
        Ok(json!({ "bought": bought.await?, "sold": sold.await? }))
    }

    async fn erase(&self, _: AccountId, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}

impl OrdersOfPerson {
    async fn all(
        &self,
        filter: &OrderFilter,
        form: impl Fn(&Order, &[Recorded]) -> Value + Send + Sync,
    ) -> Result<Vec<Value>, StoreError> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let Page { rows: orders, next } = self.0.orders(filter, PageRequest { after, limit: CHUNK }).await?;
            for order in &orders {
                let history = self.0.history(order.id()).await?;
                rows.push(form(order, &history));
            }
            after = next;
            if after.is_none() {
                return Ok(rows);
            }
        }
    }
}
