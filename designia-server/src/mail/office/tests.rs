//! The teller and the post office over the reference store, with a real worker, a clock that is moved, and a mailer that fails on
//! demand.

use std::future::pending;
use std::num::NonZeroUsize;

use designia_core::account::{Challenge, Purpose, Role};
use designia_core::effect::{IdempotencyKey, Message, MessageKind};
use designia_core::id::{AccountId, ChallengeId, MailId, TaskId};
use designia_core::mail::MailState;
use designia_core::memory::{MemoryBroadcast, MemoryMailer, MemoryStore};
use designia_core::notification::{NotificationKind, activity_channel};
use designia_core::order::Order;
use designia_core::ports::{
    AccountCommit, Broadcast, CatalogStore, MailError, MailFilter, Notifier, PageRequest, Received, TaskConsole,
    TaskQueue,
};
use designia_core::service::mails::{KeptBodies, MailPorts};
use designia_core::service::notifications::NotificationPorts;
use designia_core::task::{TaskRecord, TaskState, WorkerName};
use designia_core::testing::fixtures::{NOW, commit, order_id, placed, placement, product, seller, total};
use designia_core::testing::{FixedClock, block_on};
use designia_core::time::{MINUTE, Timestamp};
use designia_core::worker::{TaskWorker, WorkerConfig};
use serde_json::Value;

use super::*;
use crate::mail::Teller;

/// What the buyer typed at checkout.
const AT_CHECKOUT: &str = "zoe+orders@example.com";

struct Desk {
    store: MemoryStore,
    clock: FixedClock,
    mailer: MemoryMailer,
    broadcast: MemoryBroadcast,
    office: PostOffice,
    teller: Teller,
    worker: TaskWorker,
}

impl Desk {
    fn open() -> Self {
        let (store, clock, mailer) = (MemoryStore::new(), FixedClock::at(NOW), MemoryMailer::new());
        let (shared, broadcast) = (Arc::new(store.clone()), MemoryBroadcast::new(NonZeroUsize::new(100).unwrap()));
        let ports =
            MailPorts { store: shared.clone(), mailer: Arc::new(mailer.clone()), clock: Arc::new(clock.clone()) };
        let notifications = Notifications::new(NotificationPorts {
            store: shared.clone(),
            broadcast: Arc::new(broadcast.clone()),
            clock: Arc::new(clock.clone()),
        });
        let office = PostOffice {
            mails: Mails::new(ports, KeptBodies::OfTheHarmless),
            notifications: notifications.clone(),
            accounts: shared.clone(),
            orders: shared.clone(),
            challenges: ChallengeKey::new(b"a secret of the installation"),
            links: Links::below("https://shop.example"),
            brand: "My Shop".to_owned(),
        };
        let registry = office.add_kinds(TaskRegistry::new());
        let config = WorkerConfig {
            name: WorkerName::fixed("worker"),
            host: "here".to_owned(),
            pid: 1,
            queues: registry.queues(),
            slots: 4,
            batch: 4,
        };
        let worker = TaskWorker::new(config, registry, Arc::new(clock.clone()));
        let teller = Teller { notifications, accounts: shared.clone(), orders: shared.clone(), tasks: shared };
        Self { store, clock, mailer, broadcast, office, teller, worker }
    }

    fn account(&self, number: u128, role: Role) -> Account {
        let account = Account {
            first_name: "Zoe".to_owned(),
            last_name: format!("Jones {number}"),
            role,
            standing: Standing::Active,
            ..Account::new(
                AccountId::from_uuid(Uuid::from_u128(number)),
                format!("person{number}@example.com").parse().unwrap(),
                format!("person{number}").parse().unwrap(),
                NOW,
            )
        };
        self.keep(AccountCommit::of(account, NOW))
    }

    fn keep(&self, commit: AccountCommit) -> Account {
        let account = commit.account.clone();
        block_on(self.store.commit_account(commit)).unwrap();
        account
    }

    /// The buyer of the fixtures' order, with an account.
    fn buyer(&self, order: &Order) -> Account {
        self.account(order.buyer().as_uuid().as_u128(), Role::Customer)
    }

    fn order(&self) -> Order {
        for number in [1, 2] {
            block_on(self.store.put(&product(number))).unwrap();
        }
        let decision = placed(placement(1));
        let order = decision.order.clone();
        block_on(OrderStore::commit(&self.store, commit(decision))).unwrap();
        order
    }

    fn challenge(&self, account: &Account, purpose: Purpose) -> Challenge {
        let id = ChallengeId::from_uuid(Uuid::from_u128(7));
        let challenge = Challenge::new(id, account.id, purpose, self.now());
        let commit = AccountCommit::of(account.clone(), self.now());
        self.keep(AccountCommit { challenges: Some(challenge.clone()), ..commit });
        challenge
    }

    /// Asks for a letter.
    fn ask(&self, account: &Account, letter: Letter) -> TaskId {
        let letter = AccountLetter { account: account.id, letter };
        let id = TaskId::from_uuid(Uuid::from_u128(0x7A5C));
        let task = account_mail().task(id, Json::of(&letter).unwrap(), self.now());
        block_on(self.store.enqueue(&[task])).unwrap();
        id
    }

    fn notify(&self, kind: MessageKind, key: &str) {
        let email = Some(AT_CHECKOUT.to_owned());
        let message = Message { order: order_id(1), email, kind };
        block_on(self.teller.notify(&message, &IdempotencyKey::new(key.to_owned()))).unwrap();
    }

    /// Everything that is due is tried once.
    fn work(&self) {
        for job in block_on(self.worker.turn(&self.store)).unwrap().jobs {
            block_on(job.run(pending(), pending()));
        }
        let more = block_on(self.worker.turn(&self.store)).unwrap().jobs;
        assert!(more.is_empty(), "what is due was more than a batch");
    }

    fn task(&self, id: TaskId) -> TaskRecord {
        block_on(self.store.task(id)).unwrap().unwrap()
    }

    fn posted(&self, id: TaskId) -> Posted {
        let record = self.task(id);
        assert_eq!(record.state, TaskState::Success, "{:?}", record.failures);
        record.result.unwrap().read().unwrap()
    }

    fn told(&self, account: AccountId) -> Vec<NotificationKind> {
        let page = PageRequest { after: None, limit: 100 };
        let told = block_on(self.office.notifications.page(account, false, page)).unwrap();
        told.rows.into_iter().map(|told| told.kind).collect()
    }

    fn mailed(&self) -> Vec<(MailId, MailKind, MailState)> {
        let page = PageRequest { after: None, limit: 100 };
        let mails = block_on(self.office.mails.page(&MailFilter::All, page)).unwrap();
        mails.rows.into_iter().map(|mail| (mail.id, mail.kind, mail.state)).collect()
    }

    fn now(&self) -> Timestamp {
        self.office.mails.ports().clock.now()
    }
}

#[test]
fn a_challenge_is_mailed_with_the_code_that_meets_it_and_the_task_holds_none() {
    let desk = Desk::open();
    let account = desk.account(1, Role::Customer);
    let challenge = desk.challenge(&account, Purpose::LogIn);
    let task = desk.ask(&account, Letter::Challenge { challenge: challenge.id });
    desk.work();
    assert_eq!(desk.posted(task), Posted::Sent);
    let code = desk.office.challenges.code(Purpose::LogIn, challenge.id);
    let sent = desk.mailer.sent();
    assert!(sent[0].body.text.contains(&code) && sent[0].body.html.contains(&code));
    assert_eq!(sent[0].to.email, account.email);
    assert!(!desk.task(task).task.args.as_str().contains(&code));
    let record = block_on(desk.office.mails.mail(sent[0].id)).unwrap().unwrap();
    assert_eq!(record.body, None, "what opens something is not kept where a mail server delivers it");
}

#[test]
fn a_challenge_that_was_met_or_has_run_out_is_not_mailed() {
    for is_met in [true, false] {
        let desk = Desk::open();
        let account = desk.account(1, Role::Customer);
        let challenge = desk.challenge(&account, Purpose::ResetPassword);
        let task = desk.ask(&account, Letter::Challenge { challenge: challenge.id });
        if is_met {
            let account = block_on(desk.store.account(&AccountKey::Id(account.id))).unwrap().unwrap();
            desk.keep(AccountCommit { meets: Some(challenge.id), ..AccountCommit::of(account, NOW) });
        } else {
            desk.clock.advance(Purpose::ResetPassword.lifetime());
        }
        desk.work();
        assert_eq!(desk.posted(task), Posted::Pointless);
        assert!(desk.mailer.sent().is_empty() && desk.mailed().is_empty());
    }
}

#[test]
fn an_outage_delays_a_mail_and_never_sends_a_code_that_has_run_out_meanwhile() {
    let desk = Desk::open();
    let account = desk.account(1, Role::Customer);
    let challenge = desk.challenge(&account, Purpose::LogIn);
    let code = desk.ask(&account, Letter::Challenge { challenge: challenge.id });
    desk.mailer.fail(Some(MailError::unavailable("the connection was refused")));
    desk.work();
    assert_eq!(desk.task(code).state, TaskState::Retry);
    desk.mailer.fail(None);
    desk.clock.advance(10 * MINUTE);
    desk.work();
    assert_eq!(desk.posted(code), Posted::Pointless);
    assert!(desk.mailer.sent().is_empty());
}

#[test]
fn an_outage_of_hours_is_outlasted_and_the_mail_goes_out_once() {
    let desk = Desk::open();
    let account = desk.account(1, Role::Customer);
    let task = desk.ask(&account, Letter::PasswordChanged);
    desk.mailer.fail(Some(MailError::unavailable("421 busy")));
    for _ in 0..8 {
        desk.work();
        assert_eq!(desk.task(task).state, TaskState::Retry);
        desk.clock.advance(HOUR * 2);
    }
    desk.mailer.fail(None);
    desk.work();
    assert_eq!(desk.posted(task), Posted::Sent);
    assert_eq!(desk.mailer.sent().len(), 1);
    assert_eq!(desk.told(account.id), [NotificationKind::Security], "it was told on the site once, too");
    let [(_, kind, state)] = desk.mailed()[..] else { panic!("{:?}", desk.mailed()) };
    assert_eq!((kind, state), (MailKind::PasswordChanged, MailState::Sent));
}

#[test]
fn what_is_refused_for_good_is_not_tried_again() {
    let desk = Desk::open();
    let account = desk.account(1, Role::Customer);
    let task = desk.ask(&account, Letter::ApplicationReceived);
    desk.mailer.fail(Some(MailError::refused("550 no such mailbox")));
    desk.work();
    assert_eq!(desk.task(task).state, TaskState::Failure);
    assert_eq!(desk.mailed()[0].2, MailState::Refused);
    assert_eq!(desk.told(account.id), [NotificationKind::Application]);
}

#[test]
fn the_last_mail_goes_to_the_address_that_was_and_is_not_kept_with_the_account() {
    let desk = Desk::open();
    let account = desk.account(1, Role::Customer);
    let email = account.email.clone();
    let mut gone = account.clone();
    gone.email = "deleted-1@deleted.invalid".parse().unwrap();
    gone.standing = Standing::Deleted { at: NOW };
    desk.keep(AccountCommit::of(gone, NOW));
    let task = desk.ask(&account, Letter::Deleted { email: email.clone() });
    desk.work();
    assert_eq!(desk.posted(task), Posted::Sent);
    let sent = &desk.mailer.sent()[0];
    assert_eq!((&sent.to.email, sent.account), (&email, None));

    let desk = Desk::open();
    let mut gone = desk.account(1, Role::Customer);
    gone.standing = Standing::Deleted { at: NOW };
    let gone = desk.keep(AccountCommit::of(gone, NOW));
    let task = desk.ask(&gone, Letter::PasswordChanged);
    desk.work();
    assert_eq!(desk.posted(task), Posted::Pointless, "nobody reads at the address that it has now");
}

#[test]
fn a_message_about_an_order_is_told_and_mailed_once_however_often_it_is_handed_over() {
    let desk = Desk::open();
    let order = desk.order();
    let buyer = desk.buyer(&order);
    for _ in 0..3 {
        desk.notify(MessageKind::PaymentReceived { total: total() }, "notify-1-7-0");
        desk.work();
    }
    assert_eq!(desk.told(buyer.id), [NotificationKind::PaymentReceived]);
    let sent = desk.mailer.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].kind, &sent[0].to.email, sent[0].order), (MailKind::Receipt, &buyer.email, Some(order.id())));
    assert_eq!(sent[0].key.as_str(), "notify-1-7-0", "the effect's key is the message's id");
    assert!(sent[0].body.text.contains(&format!("Total: {}", total())), "{}", sent[0].body.text);
}

#[test]
fn what_is_told_reaches_whoever_is_looking_as_the_frame_that_the_client_knows() {
    let desk = Desk::open();
    let order = desk.order();
    let buyer = desk.buyer(&order);
    let mut looking = block_on(desk.broadcast.subscribe(&activity_channel(buyer.id))).unwrap();
    let shipped =
        MessageKind::Shipped { seller: seller(1), carrier: "DHL".to_owned(), tracking_number: "0034".to_owned() };
    desk.notify(shipped, "notify-1-9-0");
    let Received::Message(frame) = block_on(looking.next()).unwrap() else { panic!("nothing was missed") };
    let frame: Value = serde_json::from_slice(&frame).unwrap();
    assert_eq!(frame["type"], "activity_notification");
    assert_eq!(frame["notification_type"], "shipped");
    assert_eq!(frame["title"], "Your parcel is on its way");
    assert_eq!(frame["data"]["order_id"], order.id().to_string());
    assert_eq!(frame["created_at"], NOW.to_string());
}

#[test]
fn a_seller_and_those_who_run_the_marketplace_are_told_what_is_theirs() {
    let desk = Desk::open();
    let order = desk.order();
    let buyer = desk.buyer(&order);
    let seller_account = desk.account(seller(1).as_uuid().as_u128(), Role::Seller);
    let admins = [desk.account(801, Role::Admin), desk.account(802, Role::Admin)];
    desk.notify(MessageKind::SellerOrder { seller: seller(1) }, "notify-1-7-1");
    let what = "1.00 EUR is held".to_owned();
    desk.notify(MessageKind::NeedsAttention { what, deadline: NOW }, "notify-1-8-0");
    desk.work();
    assert_eq!(desk.told(seller_account.id), [NotificationKind::SellerOrder]);
    assert_eq!(desk.told(buyer.id), []);
    let mut readers: Vec<_> = desk.mailer.sent().into_iter().map(|mail| (mail.kind, mail.to.email)).collect();
    readers.sort_by_key(|(kind, email)| (*kind, email.as_str().to_owned()));
    let expected = [
        (MailKind::SellerOrder, seller_account.email),
        (MailKind::NeedsAttention, admins[0].email.clone()),
        (MailKind::NeedsAttention, admins[1].email.clone()),
    ];
    assert_eq!(readers, expected);
    assert_eq!(admins.map(|admin| desk.told(admin.id)), [[NotificationKind::NeedsAttention]; 2]);
}

#[test]
fn a_buyer_without_an_account_is_mailed_where_they_said_and_a_seller_without_one_holds_nothing_up() {
    let desk = Desk::open();
    desk.order();
    desk.notify(MessageKind::PaymentReceived { total: total() }, "notify-1-7-0");
    desk.notify(MessageKind::SellerOrder { seller: seller(1) }, "notify-1-7-1");
    desk.work();
    let sent = desk.mailer.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to.email.as_str(), AT_CHECKOUT);
    assert_eq!(sent[0].to.name.as_str(), "Zoë O'Neil");
}

#[test]
fn what_a_reader_does_not_want_by_mail_is_still_told_on_the_site_and_receipts_are_always_mailed() {
    let desk = Desk::open();
    let order = desk.order();
    let buyer = desk.buyer(&order);
    let muted = NotificationKind::ALL.iter().copied().collect();
    block_on(desk.office.notifications.set_muted(buyer.id, &muted)).unwrap();
    desk.notify(MessageKind::Delivered { seller: seller(1) }, "notify-1-9-0");
    desk.notify(MessageKind::PaymentReceived { total: total() }, "notify-1-7-0");
    desk.work();
    assert_eq!(desk.told(buyer.id).len(), 2);
    let kinds: Vec<_> = desk.mailer.sent().into_iter().map(|mail| mail.kind).collect();
    assert_eq!(kinds, [MailKind::Receipt]);
}

#[test]
fn old_mails_and_notifications_are_forgotten() {
    let desk = Desk::open();
    let order = desk.order();
    let buyer = desk.buyer(&order);
    desk.notify(MessageKind::PaymentReceived { total: total() }, "notify-1-7-0");
    desk.work();
    for (later, left) in [(KEPT_FOR, 1), (Duration::from_secs(1), 0)] {
        desk.clock.advance(later);
        let id = TaskId::from_uuid(Uuid::from_u128(u128::from(later.as_secs())));
        block_on(desk.store.enqueue(&[clean_up_mail().task(id, Json::null(), desk.now())])).unwrap();
        desk.work();
        assert_eq!((desk.mailed().len(), desk.told(buyer.id).len()), (left, left));
    }
}
