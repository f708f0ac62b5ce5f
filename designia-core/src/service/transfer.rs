//! Moving house: one store's contents into another, a page at a time, so that whoever hosts it can show how far it is, stop
//! it, and go on later.
//!
//! After each page the target keeps a note of where the copy is. A copy that begins anew reads it and goes on there; the page
//! that was under way is imported again, which changes nothing. The note says also what the source held when the copy
//! began: a copy of something that moves is a copy of nothing, so a source that has changed meanwhile ends it.

mod error;
mod position;

use std::fmt;
use std::sync::Arc;

use futures_util::future::try_join;

pub use error::TransferError;
pub use position::Section;

use self::position::{Note, Position};
use crate::catalog::Product;
use crate::exchange::RateBatch;
use crate::ports::{
    AccountArchive, Export, Import, InboxRecord, OrderArchive, RateKey, Record, RecordKey, Topic, Total, Totals,
};

/// How many products or records are compared at a time.
const COMPARED: u32 = 1_000;

/// A copy under way.
pub struct Transfer {
    source: Arc<dyn Export>,
    target: Arc<dyn Import>,
    origin: String,
    batch: u32,
    /// What the source held when the copy began.
    totals: Totals,
    position: Position,
    done: u64,
    /// The page that comes next, if it has been read already.
    ahead: Option<Page>,
}

/// How far a copy is, in the section that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being copied; `None` once everything is.
    pub section: Option<Section>,
    /// How much of it is copied.
    pub done: u64,
    /// How much of it there is.
    pub total: u64,
}

/// One page of what is copied.
enum Page {
    Products(Vec<Product>),
    Orders(Vec<OrderArchive>),
    WebhookEvents(Vec<InboxRecord>),
    Rates(Vec<RateBatch>),
    Accounts(Vec<AccountArchive>),
    Records(Topic, Vec<Record>),
    Settings(Vec<(String, String)>),
}

impl Transfer {
    /// Begins a copy, or goes on with one that was begun. `origin` names the source: a copy goes on only if it is of the same
    /// origin. Pages are of at most `batch` records, at least one.
    ///
    /// # Errors
    /// A [`TransferError`]: the target holds something else, or the source has changed since the copy began, or a store
    /// fails. Nothing has been changed then.
    pub async fn begin(
        source: Arc<dyn Export>,
        target: Arc<dyn Import>,
        origin: &str,
        batch: u32,
    ) -> Result<Self, TransferError> {
        let (totals, note) = Self::look(&*source, &*target, origin).await?;
        let (position, done) = note.map_or((Position::START, 0), |note| (note.position, note.done));
        let origin = origin.to_owned();
        let transfer = Self { source, target, origin, batch: batch.max(1), totals, position, done, ahead: None };
        if transfer.position == Position::START {
            transfer.note().await?;
        }
        Ok(transfer)
    }

    /// What [`Transfer::begin`] would copy, by the source's totals; changes nothing.
    ///
    /// # Errors
    /// Those of [`Transfer::begin`].
    pub async fn preview(source: &dyn Export, target: &dyn Import, origin: &str) -> Result<Totals, TransferError> {
        Ok(Self::look(source, target, origin).await?.0)
    }

    async fn look(
        source: &dyn Export,
        target: &dyn Import,
        origin: &str,
    ) -> Result<(Totals, Option<Note>), TransferError> {
        let (totals, held, note) = (source.totals().await?, target.totals().await?, target.progress().await?);
        let Some(note) = note else {
            if held.is_empty() {
                return Ok((totals, None));
            }
            return Err(TransferError::TargetInUse { holds: error::told(&held) });
        };
        let note = Note::parse(&note)?;
        if note.origin != origin {
            return Err(TransferError::OtherOrigin { origin: note.origin });
        }
        match note.changes(&totals) {
            changes if changes.is_empty() => Ok((totals, Some(note))),
            changes => Err(TransferError::SourceChanged { changes }),
        }
    }

    /// What the source held when the copy began.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// How far the copy is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let section = self.position.section();
        let total = section.map_or(0, |section| section.size(&self.totals));
        Progress { section, done: self.done, total }
    }

    /// Copies one page, and reads the next one meanwhile.
    ///
    /// # Errors
    /// A store's; what was copied stays, and the same turn may be taken again.
    pub async fn turn(&mut self) -> Result<Progress, TransferError> {
        let page = match self.ahead.take() {
            Some(page) => page,
            None => match self.read(&self.position).await? {
                Some(page) => page,
                None => return Ok(self.progress()),
            },
        };
        let next = self.position.after(&page, self.batch);
        let (ahead, ()) = try_join(self.read(&next), self.write(&page)).await?;
        self.done = if next.section() == self.position.section() { self.done + page.len() } else { 0 };
        self.position = next;
        self.ahead = ahead;
        self.note().await?;
        Ok(self.progress())
    }

    /// Compares source and target: the totals of both with those at the beginning, and with each other; product by product,
    /// record by record, setting by setting. Returns what was copied.
    ///
    /// # Errors
    /// [`TransferError::SourceChanged`] or [`TransferError::Differs`], each with what differs.
    pub async fn verify(&self) -> Result<Totals, TransferError> {
        let (now, copied) = (self.source.totals().await?, self.target.totals().await?);
        let changes = error::differences(&self.totals, &now);
        if !changes.is_empty() {
            return Err(TransferError::SourceChanged { changes });
        }
        let differences = error::differences(&now, &copied);
        if !differences.is_empty() {
            return Err(TransferError::Differs { differences });
        }
        self.compare_products().await?;
        for topic in Topic::ALL {
            self.compare_records(*topic).await?;
        }
        let (own, others) = (self.source.export_settings().await?, self.target.export_settings().await?);
        match own.iter().find(|setting| !others.contains(setting)) {
            Some((name, _)) => Err(TransferError::Differs { differences: vec![format!("setting `{name}`")] }),
            None => Ok(copied),
        }
    }

    /// Stock and figures don't follow from what else is compared.
    async fn compare_products(&self) -> Result<(), TransferError> {
        let mut after = None;
        loop {
            let own = self.source.export_products(after, COMPARED).await?;
            let others = self.target.export_products(after, COMPARED).await?;
            let differs = |(own, other): &(&Product, &Product)| own != other;
            if let Some((product, _)) = own.iter().zip(&others).find(differs) {
                return Err(TransferError::Differs { differences: vec![format!("product {}", product.id)] });
            }
            after = own.last().map(|product| product.id);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// No total shows what a record says.
    async fn compare_records(&self, topic: Topic) -> Result<(), TransferError> {
        let mut after: Option<RecordKey> = None;
        loop {
            let limit = topic.at_a_time(COMPARED);
            let own = self.source.export_records(topic, after.as_ref(), limit).await?;
            let others = self.target.export_records(topic, after.as_ref(), limit).await?;
            if let Some((record, _)) = own.iter().zip(&others).find(|(own, other)| own != other) {
                return Err(TransferError::Differs { differences: vec![record.to_string()] });
            }
            after = own.last().map(Record::key);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn read(&self, position: &Position) -> Result<Option<Page>, TransferError> {
        let (source, batch) = (&self.source, self.batch);
        Ok(Some(match position {
            Position::Products(after) => Page::Products(source.export_products(*after, batch).await?),
            Position::Orders(after) => Page::Orders(source.export_orders(*after, batch).await?),
            Position::WebhookEvents(after) => Page::WebhookEvents(source.export_events(after.as_deref(), batch).await?),
            Position::Rates(after) => Page::Rates(source.export_rates(after.as_ref(), batch).await?),
            Position::Accounts(after) => Page::Accounts(source.export_accounts(*after, batch).await?),
            Position::Records(topic, after) => {
                let limit = topic.at_a_time(batch);
                Page::Records(*topic, source.export_records(*topic, after.as_ref(), limit).await?)
            }
            Position::Settings => Page::Settings(source.export_settings().await?),
            Position::Copied => return Ok(None),
        }))
    }

    async fn write(&self, page: &Page) -> Result<(), TransferError> {
        match page {
            Page::Products(rows) => self.target.import_products(rows).await?,
            Page::Orders(rows) => self.target.import_orders(rows).await?,
            Page::WebhookEvents(rows) => self.target.import_events(rows).await?,
            Page::Rates(rows) => self.target.import_rates(rows).await?,
            Page::Accounts(rows) => self.target.import_accounts(rows).await?,
            Page::Records(topic, rows) => self.target.import_records(*topic, rows).await?,
            Page::Settings(rows) => self.target.import_settings(rows).await?,
        }
        Ok(())
    }

    async fn note(&self) -> Result<(), TransferError> {
        let note = Note::of(&self.origin, &self.totals, &self.position, self.done);
        Ok(self.target.note_progress(&note.text()?).await?)
    }
}

impl fmt::Debug for Transfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("origin", &self.origin)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Page {
    fn len(&self) -> u64 {
        let rows = match self {
            Self::Products(rows) => rows.len(),
            Self::Orders(rows) => rows.len(),
            Self::WebhookEvents(rows) => rows.len(),
            Self::Rates(rows) => rows.len(),
            Self::Accounts(rows) => rows.len(),
            Self::Records(_, rows) => rows.len(),
            Self::Settings(rows) => rows.len(),
        };
        u64::try_from(rows).unwrap_or(u64::MAX)
    }
}

impl Position {
    /// Where a copy is after this page: a page that is not full is the last of its section.
    fn after(&self, page: &Page, batch: u32) -> Self {
        if page.len() < u64::from(batch) {
            return self.section().map_or(Self::Copied, Section::end);
        }
        match page {
            Page::Products(rows) => Self::Products(rows.last().map(|it| it.id)),
            Page::Orders(rows) => Self::Orders(rows.last().map(|it| it.order.id())),
            Page::WebhookEvents(rows) => Self::WebhookEvents(rows.last().map(|it| it.event.id.clone())),
            Page::Rates(rows) => Self::Rates(rows.last().map(RateKey::of)),
            Page::Accounts(rows) => Self::Accounts(rows.last().map(|it| it.account.id)),
            Page::Records(topic, rows) => Self::Records(*topic, rows.last().map(Record::key)),
            Page::Settings(_) => Self::Copied,
        }
    }
}

impl Section {
    /// How much of it there is.
    fn size(self, totals: &Totals) -> u64 {
        let line = |line| u64::try_from(totals.get(line)).unwrap_or_default();
        match self {
            Self::Products => line(Total::Products),
            Self::Orders => totals.orders(),
            Self::WebhookEvents => totals.webhook_events(),
            Self::Rates => line(Total::Rates),
            Self::Accounts => line(Total::Accounts),
            Self::Records(topic) => line(Total::Records(topic)),
            Self::Settings => 0,
        }
    }
}
