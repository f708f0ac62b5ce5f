//! The OpenAPI document: what the routes say of themselves, with what they have in common.

use axum::http::StatusCode;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{FieldError, MEDIA_TYPE, ProblemBody};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Designia",
        description = "Orders, payments and exchange rates of a marketplace with several sellers. Amounts are decimal strings. Errors are RFC 9457 problems with a stable `code`. Paths work with and without the slash at their end.",
        contact(name = "The operator of this server"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ProblemBody, FieldError)),
    modifiers(&BearerToken),
)]
struct Common;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut OpenApi) {
        let scheme =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The `access` token of a log-in"));
        document
            .components
            .get_or_insert_with(Components::new)
            .add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}

/// The document without any route.
#[must_use]
pub fn document() -> OpenApi {
    Common::openapi()
}

/// Names every operation, says of every answer what its status says, and that any other answer is a problem.
pub(crate) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(operation_id(method, path));
            // What says nothing of a token needs none, and the document says so.
            operation.security.get_or_insert_default();
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    response.description = description(status);
                }
            }
            let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
            let other = ResponseBuilder::new().description("A problem").content(MEDIA_TYPE, problem).build();
            operation.responses.responses.entry("default".to_owned()).or_insert(RefOr::T(other));
        }
    }
}

fn description(status: &str) -> String {
    let reason = status.parse::<StatusCode>().ok().and_then(|status| status.canonical_reason());
    reason.unwrap_or("Answer").to_owned()
}

/// A name of its own for each operation: the functions behind them share theirs between modules.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty() && *word != "api");
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}
