//! [`FavouriteStore`] and [`CartStore`] on SQLite.

use async_trait::async_trait;
use designia_core::catalog::{Cart, CartLine};
use designia_core::id::{AccountId, ProductId};
use designia_core::ports::{
    CartStore, Cursor, Favourite, FavouriteStore, Page, PageRequest, StoreError, favourite_cursor,
};
use designia_core::time::Timestamp;
use sqlx::SqliteConnection;

use crate::catalog::{list, whole};
use crate::error::store_error;
use crate::row::{self, StoredId, from_json, json, micros, number, one_more};
use crate::shop_figures::{Day, seller_of};
use crate::sql::shop as sql;
use crate::store::SqliteStore;

#[async_trait]
impl FavouriteStore for SqliteStore {
    async fn set_favourite(
        &self,
        account: AccountId,
        product: ProductId,
        wanted: bool,
        now: Timestamp,
    ) -> Result<Option<bool>, StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = set_favourite(transaction.connection(), account, product, wanted, now).await;
        transaction.end(outcome).await
    }

    async fn favourites(&self, account: AccountId, page: PageRequest) -> Result<Page<Favourite>, StoreError> {
        let (at, id) = match &page.after {
            None => (i64::MAX, Vec::new()),
            Some(Cursor { at, id }) => {
                let invalid = |_| StoreError::invalid(format!("`{id}` is not a product's id"));
                (at.as_micros(), id.parse::<ProductId>().map_err(invalid)?.bytes())
            }
        };
        let query = sqlx::query_as(sql::FAVOURITES).bind(one_more(page.limit)).bind(at).bind(id).bind(account.bytes());
        let rows: Vec<(Vec<u8>, i64)> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        let favourite = |(product, at): (Vec<u8>, i64)| {
            let product = ProductId::from_uuid(row::uuid(&product)?);
            Ok(Favourite { product, created_at: Timestamp::from_micros(at) })
        };
        let rows = rows.into_iter().map(favourite).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(row::page(rows, page.limit, favourite_cursor))
    }

    async fn favourites_among(&self, account: AccountId, products: &[ProductId]) -> Result<Vec<ProductId>, StoreError> {
        let query = sqlx::query_scalar(sql::FAVOURITES_AMONG).bind(account.bytes()).bind(list(products)?);
        let rows: Vec<Vec<u8>> = query.fetch_all(&mut *self.reader().await?).await.map_err(store_error)?;
        rows.iter().map(|id| row::uuid(id).map(ProductId::from_uuid)).collect()
    }

    async fn forget_favourites_of(&self, account: AccountId) -> Result<(), StoreError> {
        let mut lane = self.lane().await?;
        let mut transaction = lane.begin().await?;
        let outcome = forget_favourites(transaction.connection(), account).await;
        transaction.end(outcome).await
    }
}

async fn set_favourite(
    connection: &mut SqliteConnection,
    account: AccountId,
    product: ProductId,
    wanted: bool,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let Some(seller) = seller_of(connection, product).await? else { return Ok(None) };
    let changed = if wanted {
        sqlx::query(sql::LIKE).bind(account.bytes()).bind(product.bytes()).bind(micros(now))
    } else {
        sqlx::query(sql::UNLIKE).bind(account.bytes()).bind(product.bytes())
    };
    if changed.execute(&mut *connection).await.map_err(store_error)?.rows_affected() == 0 {
        return Ok(Some(false));
    }
    let query = sqlx::query(sql::LIKED).bind(product.bytes()).bind(if wanted { 1 } else { -1 });
    query.execute(&mut *connection).await.map_err(store_error)?;
    if wanted {
        Day { favourites: 1, ..Day::default() }.count(connection, seller, now).await?;
    }
    Ok(Some(true))
}

async fn forget_favourites(connection: &mut SqliteConnection, account: AccountId) -> Result<(), StoreError> {
    for statement in [sql::UNLIKED_ALL, sql::UNLIKE_ALL] {
        sqlx::query(statement).bind(account.bytes()).execute(&mut *connection).await.map_err(store_error)?;
    }
    Ok(())
}

#[async_trait]
impl CartStore for SqliteStore {
    async fn cart(&self, account: AccountId) -> Result<Cart, StoreError> {
        let query = sqlx::query_as(sql::CART).bind(account.bytes());
        let row: Option<(i64, i64, String)> =
            query.fetch_optional(&mut *self.reader().await?).await.map_err(store_error)?;
        let Some((version, updated_at, lines)) = row else { return Ok(Cart::empty(account)) };
        let lines: Vec<CartLine> = from_json(|| format!("the cart of {account}"), &lines)?;
        let version = number("a cart's version", version)?;
        Ok(Cart { account, lines, version, updated_at: Timestamp::from_micros(updated_at) })
    }

    async fn save_cart(&self, cart: &Cart) -> Result<Option<u64>, StoreError> {
        cart.check().map_err(|error| StoreError::invalid(error.to_string()))?;
        let (account, at, lines) = (cart.account.bytes(), micros(cart.updated_at), json(&cart.lines)?);
        let query = match cart.version {
            0 => sqlx::query(sql::FIRST_CART).bind(account).bind(at).bind(lines),
            version => sqlx::query(sql::SAVE_CART).bind(account).bind(at).bind(lines).bind(whole(version)?),
        };
        let saved = self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok((saved.rows_affected() > 0).then(|| cart.version.saturating_add(1)))
    }

    async fn forget_cart(&self, account: AccountId) -> Result<(), StoreError> {
        let query = sqlx::query(sql::FORGET_CART).bind(account.bytes());
        self.lane().await?.execute(query).await.map_err(store_error)?;
        Ok(())
    }
}
