//! Ways into the catalogue: beginnings of words, and categories.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use designia_core::catalog::{Category, CategoryId, CategoryTree, NewCategory, SearchWords, is_slug, slug_with};
use designia_core::ports::PutError;
use designia_core::service::catalog::Catalog;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::fields::{optional_text, text};
use crate::http::auth::Admin;
use crate::http::extract::{Json as JsonBody, Path, Query};
use crate::problem::{Code, Problem, ProblemBody};

/// Longest list of suggestions.
const MOST: u32 = 20;

/// How deep a tree is shown.
const DEEPEST: usize = 10;

/// The beginning of something.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginningQuery {
    /// At least two characters.
    #[param(example = "tea")]
    q: Option<String>,
    /// At most so many, up to 20.
    #[param(minimum = 1, maximum = 20)]
    limit: Option<u32>,
}

/// What may be meant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Suggestions {
    suggestions: Vec<Suggestion>,
}

/// Something that begins so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    id: Uuid,
    #[schema(example = "Tea bowl")]
    name: String,
    /// Always `product`.
    #[serde(rename = "type")]
    #[schema(example = "product")]
    kind: &'static str,
    /// Its name in addresses.
    slug: String,
}

/// A category with its parts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CategoryView {
    id: u32,
    name: String,
    slug: String,
    description: String,
    parent: Option<u32>,
    #[schema(no_recursion)]
    subcategories: Vec<CategoryView>,
    /// How many products are for sale in it and its parts.
    product_count: u64,
    is_active: bool,
}

/// Products whose names begin with the words typed so far.
#[utoipa::path(get, path = "/api/marketplace/products/autocomplete/", tag = "products", params(BeginningQuery),
    responses((status = 200, body = Suggestions), (status = 400, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn autocomplete(
    State(catalog): State<Catalog>,
    Query(query): Query<BeginningQuery>,
) -> Result<Json<Suggestions>, Problem> {
    let limit = query.limit.unwrap_or(10);
    if limit == 0 || limit > MOST {
        return Err(Problem::field("limit", format!("must be from 1 to {MOST}")));
    }
    let typed: String = query.q.unwrap_or_default().trim().chars().take(100).collect();
    let words = SearchWords::new(&typed).for_suggestions();
    if typed.chars().count() < 2 || words.is_empty() {
        return Ok(Json(Suggestions { suggestions: Vec::new() }));
    }
    let found = catalog.ports().search.suggest(&words, limit).await?;
    let suggestion = |card: designia_core::catalog::ProductCard| Suggestion {
        id: card.id.as_uuid(),
        name: card.name,
        kind: "product",
        slug: card.slug,
    };
    Ok(Json(Suggestions { suggestions: found.into_iter().map(suggestion).collect() }))
}

/// The categories that are part of no other, each with its parts.
#[utoipa::path(get, path = "/api/marketplace/products/categories/", tag = "products",
    responses((status = 200, body = Vec<CategoryView>)))]
pub(crate) async fn categories(State(catalog): State<Catalog>) -> Result<Json<Vec<CategoryView>>, Problem> {
    let tree = catalog.categories().await?;
    Ok(Json(tree.parts(None).into_iter().filter(|it| it.active).map(|it| CategoryView::of(&tree, it, 0)).collect()))
}

/// One category with its parts, by its name in addresses.
#[utoipa::path(get, path = "/api/marketplace/products/categories/{slug}/", tag = "products",
    params(("slug" = String, Path, description = "The category's slug")),
    responses((status = 200, body = CategoryView), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn category(
    State(catalog): State<Catalog>,
    Path(slug): Path<String>,
) -> Result<Json<CategoryView>, Problem> {
    let tree = catalog.categories().await?;
    let category = tree.by_slug(&slug).filter(|it| it.active).ok_or_else(|| Problem::not_found("category"))?;
    Ok(Json(CategoryView::of(&tree, category, 0)))
}

/// What a category is to be. Of a change, what is left out stays as it is; `null` makes it part of none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Ceramics", "slug": "ceramics", "description": "Thrown and fired."}))]
pub(crate) struct CategoryBody {
    #[schema(max_length = 100)]
    name: Option<String>,
    /// By default made of the name.
    slug: Option<String>,
    description: Option<String>,
    /// The number of the category that it is part of.
    #[serde(default, deserialize_with = "super::offer_body::given")]
    #[schema(value_type = Option<u32>)]
    parent: Option<Option<u32>>,
    is_active: Option<bool>,
}

/// Adds a category.
#[utoipa::path(post, path = "/api/marketplace/products/categories/", tag = "admin", security(("token" = [])), request_body = CategoryBody,
    responses((status = 201, body = CategoryView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_category(
    State(catalog): State<Catalog>,
    _: Admin,
    JsonBody(body): JsonBody<CategoryBody>,
) -> Result<(StatusCode, Json<CategoryView>), Problem> {
    let fresh = NewCategory {
        name: String::new(),
        slug: String::new(),
        description: String::new(),
        parent: None,
        active: true,
    };
    let category = body.applied(fresh)?;
    let id = catalog.ports().products.add_category(&category).await.map_err(|error| refused(error, "category"))?;
    stored(&catalog, id).await.map(|view| (StatusCode::CREATED, Json(view)))
}

/// Changes a category.
#[utoipa::path(patch, path = "/api/marketplace/products/categories/{slug}/", tag = "admin", security(("token" = [])),
    params(("slug" = String, Path, description = "The category's slug")), request_body = CategoryBody,
    responses((status = 200, body = CategoryView), (status = 400, body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, body = ProblemBody, content_type = "application/problem+json"), (status = 403, body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change_category(
    State(catalog): State<Catalog>,
    _: Admin,
    Path(slug): Path<String>,
    JsonBody(body): JsonBody<CategoryBody>,
) -> Result<Json<CategoryView>, Problem> {
    let tree = catalog.categories().await?;
    let known = tree.by_slug(&slug).ok_or_else(|| Problem::not_found("category"))?;
    let Category { id, name, slug, description, parent, active, .. } = known.clone();
    let category = body.applied(NewCategory { name, slug, description, parent, active })?;
    catalog.ports().products.change_category(id, &category).await.map_err(|error| refused(error, "parent"))?;
    stored(&catalog, id).await.map(Json)
}

async fn stored(catalog: &Catalog, id: CategoryId) -> Result<CategoryView, Problem> {
    let tree = catalog.categories().await?;
    let category = tree.get(id).ok_or_else(|| Problem::not_found("category"))?;
    Ok(CategoryView::of(&tree, category, 0))
}

fn refused(error: PutError, place: &str) -> Problem {
    match error {
        PutError::SlugTaken(slug) => Problem::field("slug", format!("`{slug}` belongs to another category")),
        PutError::NoPlace(id) => Problem::field(place, format!("can't be part of category {id}")),
        PutError::Missing => Problem::not_found("category"),
        PutError::Conflict { .. } => Problem::new(Code::Conflict, error.to_string()),
        PutError::Store(error) => error.into(),
    }
}

impl CategoryBody {
    fn applied(self, mut category: NewCategory) -> Result<NewCategory, Problem> {
        if let Some(name) = self.name {
            category.name = text("name", name, 100)?;
        }
        if category.name.is_empty() {
            return Err(Problem::field("name", "is missing"));
        }
        if let Some(slug) = self.slug {
            category.slug = slug;
        } else if category.slug.is_empty() {
            category.slug = slug_with(&category.name, "");
        }
        if !is_slug(&category.slug) {
            return Err(Problem::field("slug", "must be of lower case letters, digits and hyphens, at most 80"));
        }
        if self.description.is_some() {
            category.description = optional_text("description", self.description, 1_000)?;
        }
        category.parent = self.parent.map_or(category.parent, |parent| parent.map(CategoryId::new));
        category.active = self.is_active.unwrap_or(category.active);
        Ok(category)
    }
}

impl CategoryView {
    fn of(tree: &CategoryTree, category: &Category, depth: usize) -> Self {
        let parts = if depth < DEEPEST { tree.parts(Some(category.id)) } else { Vec::new() };
        Self {
            id: category.id.get(),
            name: category.name.clone(),
            slug: category.slug.clone(),
            description: category.description.clone(),
            parent: category.parent.map(CategoryId::get),
            subcategories: parts.into_iter().filter(|it| it.active).map(|it| Self::of(tree, it, depth + 1)).collect(),
            product_count: tree.products_within(category.id),
            is_active: category.active,
        }
    }
}
