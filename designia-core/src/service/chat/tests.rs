use std::num::NonZeroUsize;

use futures_util::FutureExt;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::account::{Account, Email, Standing, Username};
use crate::chat::{ContentError, Reason, ReportState, conversation_channel};
use crate::id::ReportId;
use crate::memory::{MemoryBroadcast, MemoryRateLimiter, MemoryStore};
use crate::notification::activity_channel;
use crate::ports::{
    AccountCommit, MessageRange, Opened, PersonalData, Received, Subscription, TaskConsole, TaskFilter, TaskPage,
};
use crate::service::notifications::{NotificationPorts, Notifications};
use crate::testing::fixtures::{NOW, buyer, order_id, placed, placement, product, product_id, seller};
use crate::testing::{FixedClock, SequentialIds, block_on, fixtures};

struct Room {
    chat: Chat,
    store: MemoryStore,
    clock: FixedClock,
    broadcast: MemoryBroadcast,
    ids: SequentialIds,
}

/// Somebody who listens to a channel.
struct Ear(Box<dyn Subscription>);

impl Ear {
    /// What was told since the last time.
    fn heard(&mut self) -> Vec<Value> {
        let next = || match self.0.next().now_or_never()?.unwrap() {
            Received::Message(text) => Some(serde_json::from_slice(&text).unwrap()),
            Received::Missed => panic!("nothing is missed"),
        };
        std::iter::from_fn(next).collect()
    }

    fn types(&mut self) -> Vec<String> {
        self.heard().iter().map(|frame| frame["type"].as_str().unwrap().to_owned()).collect()
    }
}

impl Room {
    fn open() -> Self {
        let (store, clock) = (MemoryStore::new(), FixedClock::at(NOW));
        let broadcast = MemoryBroadcast::new(NonZeroUsize::new(100).unwrap());
        let (shared, ids) = (Arc::new(store.clone()), SequentialIds::new());
        let ports = ChatPorts {
            store: shared.clone(),
            accounts: shared.clone(),
            catalog: shared.clone(),
            orders: shared,
            broadcast: Arc::new(broadcast.clone()),
            limiter: Arc::new(MemoryRateLimiter::new()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(ids.clone()),
        };
        let room = Self { chat: Chat::new(ports, ChatPolicy::default()), store, clock, broadcast, ids };
        for number in [1, 2] {
            block_on(room.chat.ports.catalog.put(&product(number))).unwrap();
        }
        room
    }

    /// Buyer 1 begins to talk with seller 1.
    fn begin(&self) -> ConversationId {
        self.start(buyer(1).into(), About::Product(product_id(1))).unwrap().conversation().id
    }

    fn start(&self, caller: AccountId, about: About) -> Result<Opened, ChatError> {
        block_on(self.chat.start(caller, about, ConversationId::from_uuid(self.ids.next())))
    }

    fn say(&self, from: AccountId, conversation: ConversationId, text: &str) -> Result<Sent, ChatError> {
        let (from, draft) = (person(from), Draft { text: text.to_owned(), ..Draft::default() });
        let sent = block_on(self.chat.say(&from, conversation, draft))?;
        block_on(self.chat.announce(&sent));
        Ok(sent)
    }

    fn ear(&self, channel: &str) -> Ear {
        Ear(block_on(self.broadcast.subscribe(channel)).unwrap())
    }

    fn notifications(&self) -> Notifications {
        Notifications::new(NotificationPorts {
            store: Arc::new(self.store.clone()),
            broadcast: Arc::new(self.broadcast.clone()),
            clock: Arc::new(self.clock.clone()),
        })
    }

    /// Carries out the notifications that are due, as often as they were asked for, and says how many told something.
    fn notify(&self) -> usize {
        let page = TaskPage { below: None, limit: 100 };
        let tasks = block_on(self.store.tasks(&TaskFilter::default(), page)).unwrap();
        let due = tasks.iter().filter(|record| record.task.run_at <= self.chat.ports.clock.now());
        let told = due.filter(|record| {
            block_on(self.chat.notify(&self.notifications(), record.task.args.read().unwrap())).unwrap()
        });
        told.count()
    }
}

fn person(account: AccountId) -> Person {
    Person { account, name: "bela".to_owned() }
}

fn stranger() -> AccountId {
    AccountId::from_uuid(Uuid::from_u128(0xbad))
}

#[test]
fn a_buyer_talks_with_the_seller_of_a_product_in_one_conversation() {
    let room = Room::open();
    let Opened::New(conversation) = room.start(buyer(1).into(), About::Product(product_id(1))).unwrap() else {
        panic!("it is new")
    };
    assert_eq!(conversation.other(buyer(1).into()).unwrap().account, seller(1).into());
    let again = room.start(buyer(1).into(), About::Product(product_id(1))).unwrap();
    assert_eq!(again, Opened::Known(conversation.clone()));
    let other = room.start(buyer(2).into(), About::Product(product_id(1))).unwrap().conversation();
    assert_ne!(other.id, conversation.id);
}

#[test]
fn nobody_talks_with_themselves_or_about_what_there_is_not() {
    let room = Room::open();
    let refused = |caller, about| room.start(caller, about).unwrap_err().to_string();
    assert_eq!(
        refused(seller(1).into(), About::Product(product_id(1))),
        "nobody can begin a conversation with themselves"
    );
    assert_eq!(refused(buyer(1).into(), About::Product(product_id(9))), "there is no such product");
    let order = About::Order { order: order_id(9), seller: None };
    assert_eq!(refused(buyer(1).into(), order), "there is no such order");
}

#[test]
fn the_buyer_and_a_seller_of_an_order_talk_about_it_and_nobody_else_does() {
    let room = Room::open();
    block_on(room.store.commit(fixtures::commit(placed(placement(1))))).unwrap();
    let about = |seller| About::Order { order: order_id(1), seller };
    let first = room.start(seller(1).into(), about(None)).unwrap().conversation();
    assert_eq!(first.other(seller(1).into()).unwrap().account, buyer(1).into());
    let named = room.start(buyer(1).into(), about(Some(seller(1).into()))).unwrap();
    assert_eq!(named, Opened::Known(first));
    assert!(matches!(room.start(buyer(1).into(), about(None)), Err(ChatError::WhichSeller)));
    assert!(matches!(room.start(buyer(1).into(), about(Some(stranger()))), Err(ChatError::NoSuchOrder)));
    assert!(matches!(room.start(stranger(), about(None)), Err(ChatError::NoSuchOrder)));
    assert!(matches!(room.start(seller(1).into(), about(Some(seller(2).into()))), Ok(Opened::Known(_))));
}

#[test]
fn a_conversation_is_closed_to_others_as_if_there_were_none() {
    let room = Room::open();
    let id = room.begin();
    let sent = room.say(buyer(1).into(), id, "hello").unwrap();
    let complaint = Complaint { message: sent.said.id, reason: Reason::Spam, description: String::new() };
    let report = room.chat.report(stranger(), complaint, ReportId::from_uuid(Uuid::nil()));
    let answers = [
        room.say(stranger(), id, "let me in").unwrap_err(),
        block_on(room.chat.conversation(stranger(), id)).unwrap_err(),
        block_on(room.chat.messages(stranger(), id, MessageRange::After(0), 10)).unwrap_err(),
        block_on(room.chat.read(stranger(), id, None)).unwrap_err(),
    ];
    assert!(answers.iter().all(|error| matches!(error, ChatError::NoSuchConversation)), "{answers:?}");
    assert!(matches!(block_on(report), Err(ChatError::NoSuchMessage)));
    let page = PageRequest { after: None, limit: 10 };
    assert_eq!(block_on(room.chat.conversations(stranger(), page)).unwrap().rows, []);
}

#[test]
fn what_is_said_is_told_where_people_look_and_again_if_it_is_sent_again() {
    let room = Room::open();
    let id = room.begin();
    let (mut open, mut others) = (room.ear(&conversation_channel(id)), room.ear(&activity_channel(seller(1).into())));
    let mut own = room.ear(&activity_channel(buyer(1).into()));
    let draft = Draft { text: "<b>hi</b>".to_owned(), client_id: Some("temp-1".parse().unwrap()), image: None };
    for is_new in [true, false] {
        let sent = block_on(room.chat.say(&person(buyer(1).into()), id, draft.clone())).unwrap();
        assert_eq!((sent.is_new, sent.said.seq), (is_new, 1));
        block_on(room.chat.announce(&sent));
    }
    let heard = open.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], heard[1]);
    let data = &heard[0]["data"];
    assert_eq!(
        (&data["text"], &data["sender_username"], &data["seq"]),
        (&"<b>hi</b>".into(), &"bela".into(), &1.into())
    );
    let told = others.heard();
    assert_eq!(told[0], heard[0]);
    assert_eq!(told[1]["unread_messages_count"], 1);
    assert_eq!(told.len(), 2, "once");
    assert_eq!(own.heard(), Vec::<Value>::new());
}

#[test]
fn reading_is_told_to_the_other_one_and_lowers_the_readers_count() {
    let room = Room::open();
    let id = room.begin();
    for text in ["one", "two", "three"] {
        room.say(buyer(1).into(), id, text).unwrap();
    }
    let (mut open, mut own) = (room.ear(&conversation_channel(id)), room.ear(&activity_channel(seller(1).into())));
    assert_eq!(block_on(room.chat.read(seller(1).into(), id, Some(2))).unwrap(), 2);
    assert_eq!(block_on(room.chat.unread(seller(1).into())).unwrap(), 1);
    assert_eq!(block_on(room.chat.read(seller(1).into(), id, None)).unwrap(), 1);
    assert_eq!(block_on(room.chat.read(seller(1).into(), id, None)).unwrap(), 0);
    assert_eq!(open.types(), ["chat.read", "chat.read"]);
    let counts: Vec<_> = own.heard().iter().map(|frame| frame["unread_messages_count"].clone()).collect();
    assert_eq!(counts, [1, 0]);
}

#[test]
fn twenty_messages_go_at_once_and_five_a_second_after_that() {
    let room = Room::open();
    let id = room.begin();
    let say = || room.say(buyer(1).into(), id, "again");
    assert!((0..20).all(|_| say().is_ok()));
    let Err(ChatError::TooMany { retry_after }) = say() else { panic!("the limit is used up") };
    assert_eq!(retry_after, Duration::from_millis(200));
    assert!(room.say(seller(1).into(), id, "but I may").is_ok());
    room.clock.advance(Duration::from_secs(1));
    assert_eq!((0..10).filter(|_| say().is_ok()).count(), 5);
}

#[test]
fn sixty_conversations_are_begun_in_a_day_and_those_that_exist_cost_nothing() {
    let room = Room::open();
    for number in 1..=61 {
        block_on(room.chat.ports.catalog.put(&product(number))).unwrap();
    }
    let start = |number| room.start(buyer(1).into(), About::Product(product_id(number)));
    assert!((1..=60).all(|number| start(number).is_ok()));
    assert!(matches!(start(61), Err(ChatError::TooMany { .. })));
    assert!(matches!(start(1), Ok(Opened::Known(_))));
    room.clock.advance(DAY);
    assert!(start(61).is_ok());
}

#[test]
fn what_stays_unread_is_notified_once_however_much_is_said() {
    let room = Room::open();
    let id = room.begin();
    for text in ["one", "two"] {
        room.say(buyer(1).into(), id, text).unwrap();
    }
    assert_eq!(room.notify(), 0, "it waits a little");
    room.clock.advance(room.chat.policy.notify_after);
    assert_eq!(room.notify(), 1);
    room.say(buyer(1).into(), id, "three").unwrap();
    room.clock.advance(room.chat.policy.notify_after);
    assert_eq!(room.notify(), 0, "the account knows");
    let told =
        block_on(room.notifications().page(seller(1).into(), true, PageRequest { after: None, limit: 9 })).unwrap();
    assert_eq!(told.rows.len(), 1);
    assert_eq!(told.rows[0].message, "two");
    block_on(room.chat.read(seller(1).into(), id, None)).unwrap();
    room.say(buyer(1).into(), id, "four").unwrap();
    room.clock.advance(room.chat.policy.notify_after);
    assert_eq!(room.notify(), 1, "what comes after it has read is news again");
}

#[test]
fn whoever_reads_along_is_not_notified() {
    let room = Room::open();
    let id = room.begin();
    for text in ["one", "two", "three"] {
        room.say(buyer(1).into(), id, text).unwrap();
        block_on(room.chat.read(seller(1).into(), id, None)).unwrap();
        room.clock.advance(Duration::from_secs(1));
    }
    room.clock.advance(room.chat.policy.notify_after);
    assert_eq!(room.notify(), 0);
}

#[test]
fn what_is_no_message_is_refused_before_it_counts() {
    let room = Room::open();
    let id = room.begin();
    for _ in 0..30 {
        assert!(matches!(room.say(buyer(1).into(), id, "  "), Err(ChatError::Content(ContentError::Empty))));
    }
    assert!(room.say(buyer(1).into(), id, "a").is_ok());
}

#[test]
fn a_report_about_the_others_message_is_judged_and_hides_it() {
    let room = Room::open();
    let id = room.begin();
    let sent = room.say(seller(1).into(), id, "pay me outside").unwrap();
    let complaint =
        Complaint { message: sent.said.id, reason: Reason::Scam, description: " asks for cash ".to_owned() };
    let report_id = ReportId::from_uuid(room.ids.next());
    let own = block_on(room.chat.report(seller(1).into(), complaint.clone(), report_id));
    assert!(matches!(own, Err(ChatError::OwnMessage)));
    let long = Complaint { description: "a".repeat(2_001), ..complaint.clone() };
    assert!(matches!(block_on(room.chat.report(buyer(1).into(), long, report_id)), Err(ChatError::Text { .. })));
    let report = block_on(room.chat.report(buyer(1).into(), complaint, report_id)).unwrap();
    assert_eq!((report.state, report.description.as_str()), (ReportState::Open, "asks for cash"));
    let examined = block_on(room.chat.examine(report.id)).unwrap();
    assert_eq!(examined.context.iter().map(|it| it.content.text()).collect::<Vec<_>>(), ["pay me outside"]);
    let mut open = room.ear(&conversation_channel(id));
    let resolved = block_on(room.chat.resolve(stranger(), report.id, true, "warned")).unwrap();
    assert_eq!(resolved.state, ReportState::Upheld);
    assert!(matches!(block_on(room.chat.resolve(stranger(), report.id, false, "")), Err(ChatError::Resolved)));
    assert_eq!(open.types(), ["chat.hidden"]);
    let (_, messages) = block_on(room.chat.messages(buyer(1).into(), id, MessageRange::After(0), 9)).unwrap();
    assert_eq!(room.chat.said(&messages[0], String::new()).text, "");
    block_on(room.chat.hide(sent.said.id, false)).unwrap();
    let (_, messages) = block_on(room.chat.messages(buyer(1).into(), id, MessageRange::After(0), 9)).unwrap();
    assert_eq!(room.chat.said(&messages[0], String::new()).text, "pay me outside");
}

#[test]
fn an_export_holds_what_one_said_oneself_and_leaving_erases_it() {
    let room = Room::open();
    let id = room.begin();
    room.say(buyer(1).into(), id, "mine").unwrap();
    room.say(seller(1).into(), id, "theirs").unwrap();
    let export = block_on(room.chat.export(buyer(1).into())).unwrap().to_string();
    assert!(export.contains("mine") && !export.contains("theirs"), "{export}");
    block_on(room.chat.erase(buyer(1).into(), NOW)).unwrap();
    let (_, messages) = block_on(room.chat.messages(seller(1).into(), id, MessageRange::After(0), 9)).unwrap();
    let texts: Vec<_> = messages.iter().map(|message| room.chat.said(message, String::new()).text).collect();
    assert_eq!(texts, ["", "theirs"]);
}

#[test]
fn faces_are_looked_up_at_once_and_without_addresses() {
    let room = Room::open();
    let id = buyer(1).into();
    let account = Account {
        first_name: "Zoë".to_owned(),
        standing: Standing::Active,
        ..Account::new(id, "zoe@example.com".parse::<Email>().unwrap(), "zoe".parse::<Username>().unwrap(), NOW)
    };
    block_on(room.chat.ports.accounts.commit_account(AccountCommit::of(account, NOW))).unwrap();
    let faces = block_on(room.chat.faces(&[id, stranger(), id])).unwrap();
    assert_eq!(faces.len(), 1);
    assert_eq!(faces[&id], Face { name: "zoe".to_owned(), picture: None });
}
