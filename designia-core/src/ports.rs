//! The roles that an engine needs filled, one trait each, and [`Ports`], the struct that holds who fills them.
//!
//! Every port is object-safe, small, and free of policy. Its contract is written on the trait and checked by the
//! conformance suite in `testing::conformance`.
//!
//! | port | role |
//! |---|---|
//! | [`OrderStore`] | load and commit orders, claim due deadlines and effects |
//! | [`OrderQueries`] | pages, histories and counts for people |
//! | [`AccountStore`] | accounts, their sessions and challenges |
//! | [`PasswordHasher`], [`Vault`], [`IdentityProvider`] | hashes and keys; others who vouch for people |
//! | [`PersonalData`] | what another subject keeps about a person |
//! | [`MailStore`], [`Mailer`] | what was mailed to whom, and who delivers it |
//! | [`NotificationStore`] | what accounts were told |
//! | [`CatalogStore`], [`CatalogSearch`] | products, categories and stock; finding products |
//! | [`ReviewStore`], [`FavouriteStore`], [`CartStore`], [`ShopFigures`] | what buyers say, like and gather, and what sellers see of it |
//! | [`ChatStore`] | conversations, their messages and reports |
//! | [`AuditLog`] | what staff did |
//! | [`StoreFacts`] | what a store says of itself |
//! | [`Inbox`] | webhook events until they are folded |
//! | [`RequestLog`] | what was answered to requests that may be repeated |
//! | [`RateStore`], [`RateSource`] | keep and fetch exchange rates |
//! | [`Export`], [`Import`] | take a whole store out, and put it into another |
//! | [`PaymentGateway`] | open, look up and void a payment; refund; the provider's record |
//! | [`WebhookVerifier`] | raw bytes and headers to an authentic event |
//! | [`Notifier`] | tell a person |
//! | [`TaskQueue`], [`TaskConsole`] | background tasks: for workers, and for people |
//! | [`ScheduleStore`] | what is to be done again and again |
//! | [`Cache`], [`RateLimiter`], [`Broadcast`], [`Lease`] | what nodes share besides the stores |
//! | [`ObjectStorage`] | files that people upload |
//! | [`Clock`], [`IdGenerator`] | time and ids |

mod account_store;
mod ambient;
mod archive;
mod audit_log;
mod between_nodes;
mod cart_store;
mod catalog_search;
mod catalog_store;
mod chat_store;
mod credentials;
mod favourite_store;
mod forward;
mod inbox;
pub mod integrity;
mod mail_store;
mod mailer;
mod notification_store;
mod notifier;
mod object_storage;
mod order_queries;
mod order_store;
mod payment_gateway;
mod payment_list;
mod rate_source;
mod rate_store;
mod request_log;
mod review_store;
pub mod rows;
mod schedule_store;
mod shop_figures;
mod store_error;
mod store_facts;
mod task_console;
mod task_queue;
mod tasks;
mod webhook_verifier;

use std::sync::Arc;

pub use account_store::{
    AccountCommit, AccountCommitError, AccountFilter, AccountKey, AccountStore, ApplicationKey, EndSessions,
    account_cursor,
};
pub use ambient::{Clock, IdGenerator};
pub use archive::{
    AccountArchive, AnsweredRequest, Export, FieldKind, Import, KeyPart, OrderArchive, PROGRESS_SETTING, RateKey,
    Record, RecordKey, Topic, Total, Totals, needs_import,
};
pub use audit_log::{AuditFilter, AuditLog, audit_cursor};
pub use between_nodes::{Allowance, Broadcast, Cache, Lease, Quota, RateLimiter, Received, Subscription};
pub use cart_store::CartStore;
pub use catalog_search::{
    COUNTED, CatalogSearch, FACET_BRANDS, Facets, FallingPart, ProductOrder, ProductQuery, RANKED, product_cursor,
};
pub use catalog_store::{CatalogStore, ProductKey, PutError};
pub use chat_store::{
    Appended, ChatStore, Listed, MessageRange, Opened, UNREAD_LOOKED_AT, conversation_cursor, report_cursor,
};
pub use credentials::{
    HashError, IdentityError, IdentityProvider, PasswordHasher, PersonalData, Vault, VaultError, Verdict, Vouched,
};
pub use favourite_store::{Favourite, FavouriteStore, favourite_cursor};
pub use inbox::{
    ClaimedEvent, DeadCause, INBOX_LOG, INBOX_MINUTES, INBOX_OF_ORDER, INBOX_WALK, Inbox, InboxEvent, InboxFigures,
    InboxFilter, InboxMark, InboxOutcome, InboxRecord, InboxState, InboxStep, InboxStepKind, RECONCILED_SETTING,
    reconciled_until,
};
pub use integrity::{IntegrityFinding, IntegrityReport};
pub use mail_store::{MailFilter, MailOutcome, MailStore, mail_cursor};
pub use mailer::{MailError, MailErrorKind, Mailer};
pub use notification_store::{NotificationStore, UNREAD_LIMIT, notification_cursor};
pub use notifier::{Notifier, NotifyError, NotifyErrorKind};
pub use object_storage::{MediaType, ObjectKey, ObjectKeyError, ObjectStorage};
pub use order_queries::{
    Agenda, AmountRange, Counts, Cursor, CursorParseError, DayMoney, Figures, HOURS_AHEAD, ORDERS_READ_AT_MOST,
    OpenEffects, OrderFilter, OrderQueries, Page, PageRequest, effect_cursor, effect_of_cursor,
};
pub use order_store::{Claim, Commit, CommitError, Decide, DueOrder, OrderStore, RequestKey};
pub use payment_gateway::{
    EventPage, EventWindow, GatewayError, GatewayErrorKind, ListedEvent, PaymentGateway, PaymentPage, PaymentSnapshot,
    PaymentStanding, RefundSnapshot,
};
pub use payment_list::PaymentList;
pub use rate_source::{RateSource, RateSourceError, RateSourceErrorKind};
pub use rate_store::{RATE_DAYS, REFUSALS_KEPT, RateStore, check_rate_days};
pub use request_log::{Begun, NewRequest, RequestClaim, RequestLog, RequestOutcome, StoredAnswer};
pub use review_store::{AddedReview, ReviewOrder, ReviewStore, review_cursor};
pub use schedule_store::ScheduleStore;
pub use shop_figures::{ORDERS_COUNTED, ShopFigures};
pub use store_error::{StoreError, StoreErrorKind};
pub use store_facts::{ConnectionFacts, Facts, IndexFacts, MigrationFacts, StoreFacts, TableFacts};
pub use task_console::{QueueStatus, TaskConsole, TaskFilter, TaskPage};
pub use task_queue::{
    Enqueued, Exchange, Exchanged, TaskClaim, TaskQueue, TransactionalTaskQueue, WorkerPhase, WorkerStatus,
};
pub use tasks::Tasks;
pub use webhook_verifier::{
    PaymentLocator, WebhookError, WebhookEvent, WebhookRequest, WebhookSubject, WebhookVerifier,
};

/// Who fills each role: the whole wiring of an engine. There is no global, and no adapter is chosen by a feature.
///
/// Override one role with struct-update syntax: `Ports { notifier: Arc::new(mine), ..ports }`.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Orders.
    pub orders: Arc<dyn OrderStore>,
    /// Orders, for people.
    pub queries: Arc<dyn OrderQueries>,
    /// Products and stock.
    pub catalog: Arc<dyn CatalogStore>,
    /// Webhook events.
    pub inbox: Arc<dyn Inbox>,
    /// Stored exchange rates.
    pub rates: Arc<dyn RateStore>,
    /// Where exchange rates come from, in the order in which they are asked.
    pub rate_sources: Vec<Arc<dyn RateSource>>,
    /// The payment provider.
    pub gateway: Arc<dyn PaymentGateway>,
    /// The payment provider's webhooks.
    pub webhooks: Arc<dyn WebhookVerifier>,
    /// Messages to people.
    pub notifier: Arc<dyn Notifier>,
    /// Background tasks and schedules.
    pub tasks: Tasks,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdGenerator>,
}
