//! A shop around the orders, in which somebody has done something of everything; and what its ports answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::subject::Everything;
use crate::audit::{AuditAction, AuditEntry, AuditOutcome};
use crate::catalog::{
    Activity, ActivityTotals, Cart, CartChange, Category, CategoryId, Condition, ImageId, NewCategory, PriceScale,
    Product, ProductCard, ProductDetails, ProductImage, Review, ReviewId, Sale, SearchWords, SoldLine,
};
use crate::chat::{ClientId, Content, Message, NewMessage, Report, Resolution, Subject};
use crate::mail::{MailRecord, MailState};
use crate::money::Money;
use crate::notification::{Notification, NotificationKind};
use crate::ports::{
    AuditLog, Facets, Favourite, Listed, MailFilter, MessageRange, PageRequest, ProductOrder, ProductQuery,
};
use crate::testing::conformance::audit_log::{entry, everything};
use crate::testing::conformance::chat_stores::{ChatStores, complaint, conversation, pair, said};
use crate::testing::conformance::mail_stores::{MailStores, later, mail, notification, outcome};
use crate::testing::conformance::shop_stores::{ShopStores, account, at, category, detailed, opinion};
use crate::testing::conformance::{chat_stores, mail_stores};
use crate::testing::fixtures::{NOW, currency, euros, order_id, product, product_id, seller};
use crate::time::DAY;

/// A store by the ports around its orders.
#[derive(Debug)]
pub(super) struct Around {
    pub(super) shop: ShopStores,
    pub(super) chat: ChatStores,
    pub(super) mail: MailStores,
    audit: Arc<dyn AuditLog>,
}

/// What those ports answer.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    categories: Vec<Category>,
    scales: Vec<PriceScale>,
    products: Vec<Product>,
    found: Vec<Vec<ProductCard>>,
    facets: Facets,
    reviews: Vec<Review>,
    voted: Vec<Vec<ReviewId>>,
    favourites: Vec<Vec<Favourite>>,
    carts: Vec<Cart>,
    sellers: Vec<(ActivityTotals, (u64, u64), Vec<ProductCard>)>,
    listed: Vec<Vec<Listed>>,
    messages: Vec<Message>,
    unread: Vec<u64>,
    reports: Vec<Report>,
    mails: Vec<MailRecord>,
    told: Vec<Vec<Notification>>,
    untold: Vec<u32>,
    muted: Vec<BTreeSet<NotificationKind>>,
    audited: Vec<AuditEntry>,
}

const WHOLE: PageRequest = PageRequest { after: None, limit: 100 };

impl Around {
    pub(super) fn of<S: Everything>(store: &Arc<S>) -> Self {
        Self {
            shop: ShopStores::of(Arc::clone(store)),
            chat: ChatStores::of(Arc::clone(store)),
            mail: MailStores::of(Arc::clone(store)),
            audit: store.clone(),
        }
    }

    /// Lets somebody do something of everything. The products of the orders are there.
    pub(super) async fn live(&self) {
        self.offer().await;
        self.like().await;
        self.buy().await;
        self.talk().await;
        self.write().await;
        self.administer().await;
    }

    /// Categories, of which one is part of a later one, and products with all that can be said of them.
    async fn offer(&self) {
        let kitchen = self.shop.add_category("Kitchen", None).await;
        let cups = self.shop.add_category("Cups", Some(kitchen)).await;
        let home = self.shop.add_category("Home", None).await;
        let moved = NewCategory { active: false, ..category("Kitchen", Some(home)) };
        self.shop.catalog.change_category(kitchen, &moved).await.expect("the category is stored");
        let scales = [("EUR", 10_000_000), ("USD", 9_200_000)];
        let scales = scales.map(|(code, nanos)| PriceScale { currency: currency(code), nanos });
        self.shop.search.set_price_scales(&scales).await.expect("the scales are stored");
        // In a shop that has come to rest every product follows the scales.
        let left = self.shop.search.rescale(None, 1_000).await.expect("products follow the scales");
        assert_eq!(left, None);
        let image = ProductImage {
            id: ImageId::new(3),
            object: "products/3.webp".to_owned(),
            alt_text: "A \"cup\"".to_owned(),
            width: 1_200,
            height: 800,
            content_type: "image/webp".to_owned(),
        };
        let details = |category: CategoryId, brand: &str| ProductDetails {
            short_description: "Thrown, «glazed» & 50% fired".to_owned(),
            category: Some(category),
            condition: Condition::Good,
            brand: brand.to_owned(),
            colors: vec!["azul".to_owned()],
            tags: vec!["Çanak".to_owned(), "tea".to_owned()],
            featured: true,
            images: vec![image.clone()],
            ..ProductDetails::default()
        };
        let dollars = Money::new(1_090, currency("USD"));
        self.shop.put(&Product { details: details(cups, "Atelier"), ..product(1) }).await;
        self.shop.put(&detailed(4, "Bowl", details(cups, "Oficina"))).await;
        self.shop.put(&Product { price: dollars, ..detailed(5, "Saucer", details(home, "Oficina")) }).await;
        self.shop.put(&Product { active: false, ..detailed(6, "Vase", details(cups, "")) }).await;
    }

    /// Reviews, one of them removed and one edited, votes, favourites and carts.
    async fn like(&self) {
        let first = self.shop.review(1, 1, 5).await;
        let edited = self.shop.review(1, 2, 3).await;
        self.shop.review(4, 1, 4).await;
        let removed = self.shop.review(1, 3, 1).await;
        let reviews = &self.shop.reviews;
        assert!(reviews.change_review(edited.id, 1, &opinion(2), at(50)).await.expect("the store answers").is_some());
        assert!(reviews.remove_review(removed.id, at(60)).await.expect("the store answers"));
        for voter in [2, 3] {
            let votes = reviews.vote_review(first.id, account(voter), true).await.expect("the store answers");
            assert_eq!(votes, Some(voter - 1));
        }
        for (person, number, second) in [(1, 1, 3), (1, 4, 2), (2, 1, 1)] {
            let liked = self.shop.favourites.set_favourite(account(person), product_id(number), true, at(second)).await;
            assert_eq!(liked.expect("the store answers"), Some(true));
        }
        for (person, numbers) in [(1, &[4, 1][..]), (2, &[])] {
            let mut cart = Cart { updated_at: at(1), ..Cart::empty(account(person)) };
            for number in numbers {
                let add = CartChange::Add { product: product_id(*number), quantity: *number };
                cart = cart.after(&add, at(i64::from(*number))).expect("it fits");
            }
            for _ in 0..2 {
                let version = self.shop.carts.save_cart(&cart).await.expect("the store answers");
                cart.version = version.expect("nobody else changes it");
            }
        }
    }

    /// Looks, and a sale in two currencies.
    async fn buy(&self) {
        let figures = &self.shop.figures;
        for (activity, days) in [(Activity::View, 0), (Activity::View, 1), (Activity::Click, 0), (Activity::CartAdd, 3)]
        {
            let noted = figures.note_activity(activity, &[product_id(1), product_id(4)], NOW + DAY * days).await;
            noted.expect("the store answers");
        }
        assert!(figures.note_sale(&sale()).await.expect("the store answers"));
    }

    /// A conversation that was partly read, one with an image that one of the two has left, and one in which nobody spoke.
    async fn talk(&self) {
        let messages = self.chat.talk(5).await;
        self.chat.read(1, 4, NOW + DAY).await;
        self.chat.open(2, pair(1, 3), Subject::Product(product_id(1)), NOW).await;
        self.chat.open(3, pair(2, 3), Subject::Order(order_id(1)), NOW).await;
        let named = NewMessage {
            conversation: conversation(2),
            client_id: Some("client-1".parse::<ClientId>().expect("a name")),
            content: Content::new("", Some("chat/1.webp".parse().expect("a key"))).expect("an image"),
            at: NOW + DAY,
            ..said(21, 3)
        };
        // Of the greater id, and said before.
        self.chat.append(&NewMessage { conversation: conversation(2), ..said(22, 3) }).await;
        self.chat.append(&NewMessage { conversation: conversation(2), ..said(20, 1) }).await;
        let chats = &self.chat.chats;
        let erased = chats.erase(conversation(2), chat_stores::account(3), NOW + DAY).await;
        assert_eq!(erased.expect("the store answers"), 1);
        self.chat.append(&named).await;
        for (number, message, reporter) in [(1, 1, 1), (2, 2, 2), (3, 3, 1)] {
            chats.report(&complaint(number, &messages[message], reporter)).await.expect("the store answers");
        }
        for (number, upheld) in [(1, true), (2, false)] {
            let note = "seen: \"'".to_owned();
            let resolution = Resolution { upheld, resolver: chat_stores::account(9), note, at: NOW + DAY };
            let id = complaint(number, &messages[1], 1).id;
            assert!(chats.resolve(id, &resolution).await.expect("the store answers"));
        }
    }

    /// Mails in every state, and notifications, read and not.
    async fn write(&self) {
        for number in 1..=3 {
            self.mail.begin(&MailRecord { body: mail(number).body.filter(|_| number != 3), ..mail(number) }).await;
        }
        self.mail.begin(&mail(2)).await;
        assert!(self.mail.settle(&mail(1), &outcome(MailState::Sent, None), later(9)).await);
        assert!(self.mail.settle(&mail(3), &outcome(MailState::Refused, Some("no such box")), later(9)).await);
        self.mail.tell_all(3).await;
        let notifications = &self.mail.notifications;
        let read = notifications.read_notification(mail_stores::account(1), notification(2).id, later(7)).await;
        assert!(read.expect("the store answers").is_some());
        let muted = BTreeSet::from([NotificationKind::Shipped, NotificationKind::Review]);
        notifications.set_muted_kinds(mail_stores::account(1), &muted).await.expect("the store answers");
    }

    /// Actions with every outcome, with everything that can be said of one and with nothing.
    async fn administer(&self) {
        let bare = AuditEntry { subject: None, reason: None, request_id: None, from: None, ..entry(2) };
        let refused = AuditOutcome::Refused("it was \"shipped\"".to_owned());
        let failed = AuditOutcome::Failed("the line was cut".to_owned());
        for entry in [
            entry(1),
            AuditEntry { outcome: refused, ..bare },
            AuditEntry { outcome: failed, action: AuditAction::fixed("task.retry"), ..entry(3) },
        ] {
            self.audit.append(&entry).await.expect("the store answers");
        }
    }

    /// What the ports answer now.
    pub(super) async fn answers(&self) -> Answers {
        let Self { shop, chat, mail, audit } = self;
        let mut answers = Answers {
            categories: shop.catalog.categories().await.expect("the store answers"),
            scales: shop.search.price_scales().await.expect("the store answers"),
            products: shop.catalog.products(&[1, 2, 3, 4, 5, 6].map(product_id)).await.expect("the store answers"),
            found: Vec::new(),
            facets: shop.search.facets(&ProductQuery::default()).await.expect("the store answers"),
            reviews: Vec::new(),
            voted: Vec::new(),
            favourites: Vec::new(),
            carts: Vec::new(),
            sellers: Vec::new(),
            listed: Vec::new(),
            messages: Vec::new(),
            unread: Vec::new(),
            reports: chat.reports(None, 100).await,
            mails: Vec::new(),
            told: Vec::new(),
            untold: Vec::new(),
            muted: Vec::new(),
            audited: everything(&**audit).await,
        };
        let words = ["bow", "canak", "atelier", "glazed"].map(|words| (words, ProductOrder::Newest));
        let orders = ["", "", "", ""].into_iter().zip([
            ProductOrder::PriceUp,
            ProductOrder::Rating,
            ProductOrder::Popular,
            ProductOrder::Newest,
        ]);
        for (words, order) in words.into_iter().chain(orders) {
            let query = ProductQuery { words: SearchWords::new(words), order, ..ProductQuery::default() };
            answers.found.push(shop.search.search(&query, WHOLE).await.expect("the store answers").rows);
        }
        let ids = [1, 2, 3, 4].map(ReviewId::new);
        for id in ids {
            answers.reviews.extend(shop.reviews.review(id).await.expect("the store answers"));
        }
        for person in [1, 2, 3] {
            answers.voted.push(shop.reviews.voted_among(account(person), &ids).await.expect("the store answers"));
            let favourites = shop.favourites.favourites(account(person), WHOLE).await.expect("the store answers");
            answers.favourites.push(favourites.rows);
            answers.carts.push(shop.carts.cart(account(person)).await.expect("the store answers"));
            let of = seller(person);
            let until = (NOW + DAY * 9).date();
            answers.sellers.push((
                shop.figures.totals_of(of, None, until).await.expect("the store answers"),
                shop.figures.products_of(of).await.expect("the store answers"),
                shop.figures.best_sellers(of, 9).await.expect("the store answers"),
            ));
            answers.listed.push(chat.listed(person, 100).await);
            let range = MessageRange::After(0);
            let messages = chat.chats.messages(conversation(person), range, 100).await.expect("the store answers");
            answers.messages.extend(messages);
            let unread = chat.chats.unread(chat_stores::account(person)).await.expect("the store answers");
            answers.unread.push(unread);
            answers.mails.extend(mail.load(&mail_stores::mail(person)).await);
            answers.told.push(mail.told(person, false, 100).await);
            answers.untold.push(mail.unread(person).await);
            let muted = mail.notifications.muted_kinds(mail_stores::account(person)).await;
            answers.muted.push(muted.expect("the store answers"));
        }
        assert_eq!(mail.mailed(MailFilter::All, 100).await.len(), answers.mails.len());
        answers
    }
}

/// What was sold, in two currencies.
pub(super) fn sale() -> Sale {
    let line =
        |number: u32, of, total| SoldLine { seller: seller(of), product: product_id(number), quantity: 2, total };
    let dollars = Money::new(2_180, currency("USD"));
    Sale { order: order_id(1), at: NOW + DAY, lines: vec![line(1, 1, euros(2_002)), line(5, 1, dollars)] }
}
