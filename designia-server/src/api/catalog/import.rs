//! Products out of a table, in the background.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use designia_core::id::TaskId;
use designia_core::ports::ObjectKey;
use designia_core::task::{Json as TaskJson, TaskState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::auth::Seller;
use crate::http::extract::{Path, Query, Raw};
use crate::http::idempotency::NewId;
use crate::media::Form;
use crate::problem::{Code, Problem, ProblemBody};
use crate::shop::Shop;
use crate::shop::import::{IMPORT, ImportArgs, Report, Table, kind};

/// How a table is to be imported.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// `true`: one row that breaks a rule keeps all others out.
    atomic: Option<bool>,
}

/// An import and how far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    id: Uuid,
    /// `PENDING`, `STARTED`, `PROGRESS`, `RETRY`, `SUCCESS`, `FAILURE` or `REVOKED`.
    #[schema(example = "PROGRESS")]
    state: &'static str,
    /// Rows that were looked after so far.
    done: u64,
    /// Rows there are.
    total: Option<u64>,
    /// What came of it, at the end.
    report: Option<Report>,
    /// Why it failed as a whole.
    error: Option<String>,
    /// Where to ask again.
    status_url: String,
}

/// Imports a table of products in the background. It is CSV in UTF-8 with the columns sku, slug, name, description, short_description, price,
/// currency, original_price, stock_quantity, category, condition, brand, model, weight, colors, tags, materials, is_active; lists in a cell
/// are parted by vertical bars, and a column that is left out changes nothing. A row whose `sku` or `slug` is known changes that product.
#[utoipa::path(post, path = "/api/marketplace/products/import/", tag = "seller", params(ImportQuery), security(("token" = [])),
    request_body(content = String, content_type = "text/csv", description = "The table; or a multipart form with it as the file `file`",
        example = "sku,name,price,currency,stock_quantity\nBOWL-1,Tea bowl,38.50,EUR,4\n"),
    responses((status = 202, body = ImportView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 413, body = ProblemBody, content_type = "application/problem+json"), (status = 415, body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    new: NewId,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ImportView>), Problem> {
    let (file, atomic) = table(request, &query).await?;
    // What can't be read as a whole is told now, and not in the background.
    let read = Table::read(&file).map_err(|error| Problem::field("file", error.to_string()))?;
    let ports = shop.engine.ports();
    let (id, now) = (new.uuid(ports.ids.as_ref()), ports.clock.now());
    shop.uploads.admit(caller.account).await?;
    let key: ObjectKey = format!("imports/{}.csv", id.simple()).parse().map_err(|error| Problem::internal(&error))?;
    shop.uploads.storage().put(&key, file).await?;
    let currency = shop.currency_of(&caller).await?;
    let args = ImportArgs { seller: caller.account, file: key, currency, atomic };
    let args = TaskJson::of(&args).map_err(|error| Problem::internal(&error))?;
    let task = kind().task(TaskId::from_uuid(id), args, now);
    ports.tasks.queue.enqueue(&[task]).await?;
    let total = Some(read.rows.len() as u64);
    let view = ImportView { id, state: "PENDING", done: 0, total, report: None, error: None, status_url: url(id) };
    Ok((StatusCode::ACCEPTED, Json(view)))
}

/// How far the caller's import is, and at its end what came of it, row by row.
#[utoipa::path(get, path = "/api/marketplace/products/import/{id}/", tag = "seller", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The import")),
    responses((status = 200, body = ImportView), (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, body = ProblemBody, content_type = "application/problem+json"), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn progress(
    State(shop): State<Shop>,
    Seller(caller): Seller,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportView>, Problem> {
    let missing = || Problem::not_found("import");
    let record = shop.engine.ports().tasks.console.task(TaskId::from_uuid(id)).await?;
    let record = record.filter(|record| record.task.kind.as_str() == IMPORT).ok_or_else(missing)?;
    let args: ImportArgs = record.task.args.read().map_err(|error| Problem::internal(&error))?;
    if args.seller != caller.account {
        return Err(missing());
    }
    let report: Option<Report> = record.result.as_ref().and_then(|result| result.read().ok());
    let (done, total) = match (&record.progress, &report) {
        (_, Some(report)) => (report.rows, Some(report.rows)),
        (Some(progress), None) => (progress.done, progress.total),
        (None, None) => (0, None),
    };
    let error = record.failures.last().filter(|_| record.state == TaskState::Failure).map(|it| it.error.clone());
    Ok(Json(ImportView { id, state: record.state.as_str(), done, total, report, error, status_url: url(id) }))
}

/// The table, and whether it is all or nothing, from either form of the request.
async fn table(request: Request, query: &ImportQuery) -> Result<(Vec<u8>, bool), Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "text/csv" | "application/csv" => {
            let Raw(bytes) = Raw::from_request(request, &()).await?;
            Ok((bytes.into(), query.atomic.unwrap_or(false)))
        }
        "multipart/form-data" => {
            let form = Form::from_request(request, &()).await?;
            let atomic = query.atomic.unwrap_or(form.text("atomic") == Some("true"));
            Ok((form.file("file")?.content.clone(), atomic))
        }
        _ => {
            let told = "the body's Content-Type must be text/csv or multipart/form-data";
            Err(Problem::new(Code::UnsupportedMediaType, told))
        }
    }
}

fn url(id: Uuid) -> String {
    format!("/api/marketplace/products/import/{id}/")
}
