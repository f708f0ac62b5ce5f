//! What columns restate of orders that were stored by a program that didn't know these columns: before the migration that brought
//! them, or since by a node that runs an earlier release.
//!
//! An order's deadlines follow from the aggregate by rules that only the domain knows. So the program reads the orders that are
//! listed, some at a time, and writes down what each says. What can't be read is left to the integrity check.

use designia_core::ports::StoreError;
use sqlx::FromRow as _;
use uuid::Uuid;

use crate::error::store_error;
use crate::instant::{Instant, JsonText};
use crate::row;
use crate::session::Session;
use crate::sql::upkeep as sql;
use crate::statement::statement;
use crate::store::PostgresStore;

/// How many orders are read at a time.
const BATCH: i64 = 200;

impl PostgresStore {
    /// States of every listed order what it says, but for those that somebody else is at.
    pub(crate) async fn restate_orders(&self) -> Result<(), StoreError> {
        while !self.ask(statement(sql::IS_ANY_UNSTATED)).await?.is_empty() {
            let mut session = self.session().await?;
            session.begin().await.map_err(store_error)?;
            let stated = restate(&mut session).await;
            if session.end(stated).await.map_err(store_error)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// How many orders were restated. They are locked, so that nobody writes one between the reading and the writing.
async fn restate(session: &mut Session) -> Result<usize, sqlx::Error> {
    let listed = session.ask(statement(sql::UNSTATED).bind(BATCH).done()?).await?;
    let (mut ids, mut expiries, mut attentions) = (Vec::new(), Vec::new(), Vec::new());
    for row in &listed {
        let (id, state) = <(Uuid, JsonText)>::from_row(row)?;
        let deadlines = match row::order(id, &state) {
            Ok(order) => (order.expires_at(), order.attention_at()),
            Err(error) => {
                tracing::error!(%error, "an order goes without its deadlines");
                (None, None)
            }
        };
        ids.push(id);
        expiries.push(deadlines.0.map(Instant));
        attentions.push(deadlines.1.map(Instant));
    }
    session.ask(statement(sql::RESTATE).bind(ids.clone()).bind(expiries).bind(attentions).done()?).await?;
    session.ask(statement(sql::STATED).bind(ids).done()?).await?;
    Ok(listed.len())
}
