//! Orders as a table for a spreadsheet, streamed: a million rows need no more memory than a page.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use designia_core::order::Order;
use designia_core::ports::{Cursor, PageRequest};
use futures_util::stream::{self, Stream, StreamExt as _};

use super::OrderSearch;
use super::find::find;
use super::view::OrderRow;
use crate::api::view::person::People;
use crate::app::App;
use crate::http::auth::Staff;
use crate::http::extract::Query;
use crate::problem::{Problem, ProblemBody};

/// Orders read at a time.
const CHUNK: u32 = 500;

const COLUMNS: [&str; 11] = [
    "id",
    "placed_at",
    "status",
    "payment_status",
    "buyer",
    "email",
    "sellers",
    "total",
    "currency",
    "next_at",
    "attention",
];

/// All orders that fit a search, as CSV in UTF-8.
#[utoipa::path(get, path = "/api/admin/orders/export/", tag = "admin", params(OrderSearch), security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"),
    (status = 400, body = ProblemBody, content_type = "application/problem+json"), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export(
    State(app): State<App>,
    _: Staff,
    Query(search): Query<OrderSearch>,
) -> Result<Response, Problem> {
    csv(app, search).await
}

/// The same, whoever asks.
pub(crate) async fn csv(app: App, search: OrderSearch) -> Result<Response, Problem> {
    // The first rows are read before anything is answered, so that a wrong search is told as such.
    let first = chunk(&app, &search, None).await?;
    let name = "attachment; filename=\"orders.csv\"";
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)];
    let head = line(&COLUMNS.map(str::to_owned))?;
    let rows = rest(app, search, first);
    let body = stream::once(async move { Ok(head) }).chain(rows);
    Ok((headers, Body::from_stream(body)).into_response())
}

/// What is read of the store between two lines of the answer.
struct Chunk {
    text: Bytes,
    next: Option<Cursor>,
}

fn rest(app: App, search: OrderSearch, first: Chunk) -> impl Stream<Item = Result<Bytes, Broken>> + Send {
    let step = move |state: Option<Chunk>| {
        let (app, search) = (app.clone(), search.clone());
        async move {
            let Chunk { text, next } = state?;
            let following = match next {
                None => None,
                Some(after) => match chunk(&app, &search, Some(after)).await {
                    Ok(chunk) => Some(chunk),
                    // The answer has begun: breaking it off shows that it is not whole.
                    Err(problem) => return Some((Err(Broken(problem.detail().to_owned())), None)),
                },
            };
            Some((Ok(text), following))
        }
    };
    stream::unfold(Some(first), step).boxed()
}

/// The answer can't be finished.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off: {0}")]
struct Broken(String);

async fn chunk(app: &App, search: &OrderSearch, after: Option<Cursor>) -> Result<Chunk, Problem> {
    let page = find(app, search, PageRequest { after, limit: CHUNK }).await?;
    let people = People::in_orders(&app.accounts, &page.rows.iter().collect::<Vec<_>>()).await?;
    let mut text = Vec::new();
    for order in &page.rows {
        text.extend_from_slice(&line(&cells(order, &people))?);
    }
    Ok(Chunk { text: text.into(), next: page.next })
}

fn cells(order: &Order, people: &People) -> [String; 11] {
    let row = OrderRow::of(order, people);
    [
        row.id.to_string(),
        row.placed_at.0.to_string(),
        row.status.to_owned(),
        row.payment_status.to_owned(),
        row.buyer.username,
        row.buyer.email.unwrap_or_default(),
        row.sellers.join(", "),
        row.total,
        row.currency.to_owned(),
        row.next_at.map(|at| at.0.to_string()).unwrap_or_default(),
        row.attention.join("; "),
    ]
}

/// One line of the table.
fn line(cells: &[String]) -> Result<Bytes, Problem> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|cell| harmless(cell))).map_err(Problem::internal)?;
    writer.into_inner().map(Bytes::from).map_err(Problem::internal)
}

/// A spreadsheet takes what begins like this for a formula, whoever wrote it; with the apostrophe before it, it is a text.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_never_a_formula() {
        let line = line(&["=HYPERLINK(\"x\")".to_owned(), "@sum".to_owned(), "a, \"b\"".to_owned()]).unwrap();
        assert_eq!(line, "\"'=HYPERLINK(\"\"x\"\")\",'@sum,\"a, \"\"b\"\"\"\n");
    }
}
