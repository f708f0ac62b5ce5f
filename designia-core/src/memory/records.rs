//! Plain records, out of the tables and into them.

mod rows;

use serde::Serialize;

use self::rows::{AuditRow, DayRow, MailRow, NotificationRow, ReportRow, RevenueRow, SaleRow, VoteRow};
pub(super) use self::rows::{ConversationRow, FavouriteRow, MessageRow, MuteRow};
use super::store::Tables;
use crate::catalog::{ActivityTotals, Cart, Category, PriceScale, Review};
use crate::id::SellerId;
use crate::ports::{ProductKey, Record, StoreError, Topic, needs_import};
use crate::time::Date;

impl Tables {
    /// All records of a topic, by key.
    pub(super) fn records(&self, topic: Topic) -> Result<Vec<Record>, StoreError> {
        fn all<T: Serialize>(topic: Topic, rows: impl IntoIterator<Item = T>) -> Result<Vec<Record>, StoreError> {
            rows.into_iter().map(|row| Record::of(topic, &row)).collect()
        }
        let mut records = match topic {
            Topic::Categories => all(topic, self.stock.categories()),
            Topic::PriceScales => all(
                topic,
                self.shop.scales.iter().map(|(currency, nanos)| PriceScale { currency: *currency, nanos: *nanos }),
            ),
            Topic::Reviews => all(topic, self.shop.reviews.values()),
            Topic::ReviewVotes => {
                all(topic, self.shop.votes.iter().map(|(review, voter)| VoteRow { review: *review, voter: *voter }))
            }
            Topic::Favourites => all(topic, self.shop.favourite_rows()),
            Topic::Carts => all(topic, self.shop.carts.values()),
            Topic::ShopDays => {
                all(topic, self.shop.days.iter().map(|((seller, day), totals)| DayRow::of(*seller, *day, totals)))
            }
            Topic::ShopRevenue => {
                let of_day = |((seller, day), totals): (&(SellerId, Date), &ActivityTotals)| {
                    let (seller, day) = (*seller, *day);
                    totals.revenue.iter().map(|it| RevenueRow::of(seller, day, *it)).collect::<Vec<_>>()
                };
                all(topic, self.shop.days.iter().flat_map(of_day))
            }
            Topic::CountedSales => all(topic, self.shop.sales.iter().map(|order_id| SaleRow { order_id: *order_id })),
            Topic::Conversations => all(topic, self.chats.conversation_rows()),
            Topic::Messages => all(topic, self.chats.message_rows()),
            Topic::Reports => all(topic, self.chats.all_reports().cloned().map(ReportRow::of)),
            Topic::Mails => all(topic, self.mails.all().cloned().map(MailRow::of)),
            Topic::Notifications => all(topic, self.notifications.all().cloned().map(NotificationRow::of)),
            Topic::Mutes => all(topic, self.notifications.mute_rows()),
            Topic::AuditEntries => all(topic, self.audit.all().cloned().map(AuditRow::of)),
        }?;
        records.sort_unstable_by_key(Record::key);
        Ok(records)
    }

    /// Stores records, or none of them.
    pub(super) fn import(&mut self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        let before = (
            self.stock.categories_as_they_are().clone(),
            self.shop.clone(),
            self.chats.clone(),
            self.mails.clone(),
            self.notifications.clone(),
            self.audit.clone(),
        );
        let imported = self.import_each(topic, records);
        if imported.is_err() {
            let (categories, shop, chats, mails, notifications, audit) = before;
            *self.stock.categories_as_they_are() = categories;
            (self.shop, self.chats, self.mails, self.notifications) = (shop, chats, mails, notifications);
            self.audit = audit;
        }
        imported
    }

    fn import_each(&mut self, topic: Topic, records: &[Record]) -> Result<(), StoreError> {
        let known = self.records(topic)?;
        for record in records {
            let found = known.binary_search_by_key(&record.key(), Record::key);
            let stored = found.ok().and_then(|place| known.get(place));
            if needs_import(stored, record, || record)? {
                self.adopt(record)?;
            }
        }
        let tree = self.stock.categories_as_they_are();
        let is_lost = |it: &&Category| it.parent.is_some_and(|parent| !tree.contains_key(&parent));
        match tree.values().find(is_lost) {
            Some(lost) => Err(StoreError::invalid(format!("the parent of category {} is not here", lost.id))),
            None => Ok(()),
        }
    }

    fn adopt(&mut self, record: &Record) -> Result<(), StoreError> {
        let refused = |why: &str| Err(StoreError::invalid(format!("{record}: {why}")));
        match record.topic() {
            Topic::Categories => {
                let category: Category = record.read()?;
                let categories = self.stock.categories_as_they_are();
                if categories.values().any(|it| it.slug == category.slug) {
                    return refused("its slug is another's");
                }
                categories.insert(category.id, category);
            }
            Topic::PriceScales => {
                let PriceScale { currency, nanos } = record.read()?;
                self.shop.scales.insert(currency, nanos);
            }
            Topic::Reviews => {
                let review: Review = record.read()?;
                if self.stock.product(&ProductKey::Id(review.product)).is_none() {
                    return refused("its product is not here");
                }
                if review.removed_at.is_none() && self.shop.review_of(review.product, review.reviewer).is_some() {
                    return refused("its reviewer has another of this product");
                }
                self.shop.reviews.insert(review.id, review);
            }
            Topic::ReviewVotes => {
                let VoteRow { review, voter } = record.read()?;
                if !self.shop.reviews.contains_key(&review) {
                    return refused("its review is not here");
                }
                self.shop.votes.insert((review, voter));
            }
            Topic::Favourites => {
                let row: FavouriteRow = record.read()?;
                if self.stock.product(&ProductKey::Id(row.product)).is_none() {
                    return refused("its product is not here");
                }
                self.shop.favourites.entry(row.account).or_default().insert(row.product, row.created_at);
            }
            Topic::Carts => {
                let cart: Cart = record.read()?;
                self.shop.carts.insert(cart.account, cart);
            }
            Topic::ShopDays => self.shop.days.extend([record.read::<DayRow>()?.totals()?]),
            Topic::ShopRevenue => {
                let (day, amount) = record.read::<RevenueRow>()?.amount()?;
                self.shop.days.entry(day).or_default().revenue.push(amount);
            }
            Topic::CountedSales => {
                self.shop.sales.insert(record.read::<SaleRow>()?.order_id);
            }
            Topic::Conversations => return self.chats.adopt_conversation(record.read::<ConversationRow>()?),
            Topic::Messages => return self.chats.adopt_message(record.read::<MessageRow>()?),
            Topic::Reports => return self.chats.report(&record.read::<ReportRow>()?.report()).map(drop),
            Topic::Mails => self.mails.adopt(record.read::<MailRow>()?.mail()),
            Topic::Notifications => {
                self.notifications.put(&record.read::<NotificationRow>()?.notification()?);
            }
            Topic::Mutes => self.notifications.mute(&record.read()?),
            Topic::AuditEntries => return self.audit.append(&record.read::<AuditRow>()?.entry()?),
        }
        Ok(())
    }
}
