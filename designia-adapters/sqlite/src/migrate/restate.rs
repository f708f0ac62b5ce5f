//! What columns restate of orders that were stored before there were these columns.
//!
//! An order's deadlines follow from the aggregate by rules that only the domain knows. So the program reads those orders that can
//! have one, some at a time, and writes down what each says. What can't be read is left to the integrity check.

use sqlx::SqliteConnection;

use crate::row::{self, micros};
use crate::sql::upkeep as sql;

/// How many orders are read at a time.
const BATCH: i64 = 200;

/// Row number, id and state of an order.
type Stored = (i64, Vec<u8>, String);

/// Within the transaction of the step.
pub(super) async fn orders(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut after = i64::MIN;
    loop {
        let query = sqlx::query_as(sql::WITH_DEADLINES).bind(after).bind(BATCH);
        let orders: Vec<Stored> = query.fetch_all(&mut *connection).await?;
        let Some((last, ..)) = orders.last() else { return Ok(()) };
        after = *last;
        for (number, id, state) in &orders {
            match row::order(id, state) {
                Ok(order) => {
                    let restate = sqlx::query(sql::RESTATE)
                        .bind(order.expires_at().map(micros))
                        .bind(order.attention_at().map(micros))
                        .bind(*number);
                    restate.execute(&mut *connection).await?;
                }
                Err(error) => tracing::error!(%error, "an order is migrated without its deadlines"),
            }
        }
    }
}
