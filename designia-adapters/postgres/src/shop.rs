//! [`FavouriteStore`] and [`CartStore`] on PostgreSQL.

use async_trait::async_trait;
use designia_core::catalog::{Cart, CartLine};
use designia_core::id::{AccountId, ProductId};
use designia_core::ports::{
    CartStore, Cursor, Favourite, FavouriteStore, Page, PageRequest, StoreError, favourite_cursor,
};
use designia_core::time::Timestamp;
use sqlx::Row;
use uuid::Uuid;

use crate::catalog::whole;
use crate::error::store_error;
use crate::instant::{Instant, JsonText};
use crate::row::{self, from_json, json, number, one_more};
use crate::session::Session;
use crate::sql::shop as sql;
use crate::statement::statement;
use crate::store::{PostgresStore, Work};

#[async_trait]
impl FavouriteStore for PostgresStore {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        self.transact(Liking { account, product, wanted, now }).await?.map_err(store_error)
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        let (at, id) = match &page.after {
            None => (Instant::NEVER, Uuid::max()),
            Some(Cursor { at, id }) => {
                let invalid = |_| StoreError::invalid(format!("`{id}` is not a product's id"));
                (Instant(*at), id.parse::<ProductId>().map_err(invalid)?.as_uuid())
            }
        };
        let query = statement(sql::FAVOURITES).bind(one_more(page.limit)).bind(at).bind(id).bind(account.as_uuid());
        let rows: Vec<(Uuid, Instant)> = self.all(query).await?;
        let favourite =
            |(product, at): (Uuid, Instant)| Favourite { product: ProductId::from_uuid(product), created_at: at.0 };
        Ok(row::page(rows.into_iter().map(favourite).collect(), page.limit, favourite_cursor))
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        let ids: Vec<_> = products.iter().map(|id| id.as_uuid()).collect();
        let query = statement(sql::FAVOURITES_AMONG).bind(account.as_uuid()).bind(ids);
        let rows: Vec<(Uuid,)> = self.all(query).await?;
        Ok(rows.into_iter().map(|(id,)| ProductId::from_uuid(id)).collect())
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.transact(Forgetting(account)).await?.map_err(store_error)
    }
}

struct Liking {
    account: AccountId,
    product: ProductId,
    wanted: bool,
    now: Timestamp,
}

#[async_trait]
impl Work<Option<bool>> for Liking {
    async fn run(&self, session: &mut Session) -> Result<Option<bool>, sqlx::Error> {
        let (account, product) = (self.account.as_uuid(), self.product.as_uuid());
        let rows = session.ask(statement(sql::LOCK_PRODUCT).bind(product).done()?).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let seller: Uuid = row.try_get(0)?;
        let changed = if self.wanted {
            statement(sql::LIKE).bind(account).bind(product).bind(Instant(self.now))
        } else {
            statement(sql::UNLIKE).bind(account).bind(product)
        };
        if session.ask(changed.done()?).await?.is_empty() {
            return Ok(Some(false));
        }
        let step: i64 = if self.wanted { 1 } else { -1 };
        session.ask(statement(sql::LIKED).bind(product).bind(step).done()?).await?;
        if self.wanted {
            let day = self.now.date().days_since_epoch();
            session.ask(statement(sql::LIKED_ON).bind(seller).bind(day).done()?).await?;
        }
        Ok(Some(true))
    }
}

struct Forgetting(AccountId);

#[async_trait]
impl Work<()> for Forgetting {
    async fn run(&self, session: &mut Session) -> Result<(), sqlx::Error> {
        let account = self.0.as_uuid();
        let rows = session.ask(statement(sql::LOCK_LIKED).bind(account).done()?).await?;
        let ids = rows.iter().map(|row| row.try_get::<Uuid, _>(0)).collect::<Result<Vec<_>, _>>()?;
        session.ask(statement(sql::UNLIKE_THESE).bind(account).bind(ids).done()?).await?;
        Ok(())
    }
}

#[async_trait]
impl CartStore for PostgresStore {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        let row: Option<(i64, Instant, JsonText)> = self.first(statement(sql::CART).bind(account.as_uuid())).await?;
        let Some((version, updated_at, lines)) = row else { return Ok(Cart::empty(account)) };
        let lines: Vec<CartLine> = from_json(|| format!("the cart of {account}"), &lines.0)?;
        Ok(Cart { account, lines, version: number("a cart's version", version)?, updated_at: updated_at.0 })
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        cart.check().map_err(|error| StoreError::invalid(error.to_string()))?;
        let query = statement(if cart.version == 0 { sql::FIRST_CART } else { sql::SAVE_CART });
        let query = query.bind(cart.account.as_uuid()).bind(Instant(cart.updated_at)).bind(json(&cart.lines)?);
        let query = if cart.version == 0 { query } else { query.bind(whole(cart.version).map_err(store_error)?) };
        let is_saved = self.is_any_changed(query).await?;
        Ok(is_saved.then(|| cart.version.saturating_add(1)))
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        self.ask(statement(sql::FORGET_CART).bind(account.as_uuid())).await?;
        Ok(())
    }
}
