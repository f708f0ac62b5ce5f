//! Products, and the stock that commits move.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use uuid::Uuid;

use crate::catalog::{Category, CategoryId, CategoryTree, NewCategory, Product, ProductFigures};
use crate::id::{OrderId, ProductId};
use crate::order::{StockMovement, StockReason};
use crate::ports::{CommitError, ProductKey, PutError, StoreError, Total, Totals};

/// What names a movement: it is applied once.
type Movement = (OrderId, ProductId, StockReason, u16);

#[derive(Default)]
pub(super) struct Stock {
    products: BTreeMap<ProductId, Product>,
    slugs: HashMap<String, ProductId>,
    /// The active products, for pages.
    shown: BTreeMap<String, ProductId>,
    moved: BTreeMap<Movement, StockMovement>,
    categories: BTreeMap<CategoryId, Category>,
}

/// Movements that were found possible, and the stock that they lead to.
pub(super) struct Moves {
    applied: BTreeMap<Movement, StockMovement>,
    stock: HashMap<ProductId, u32>,
}

impl Stock {
    pub(super) fn product(&self, key: &ProductKey) -> Option<&Product> {
        match key {
            ProductKey::Id(id) => self.products.get(id),
            ProductKey::Slug(slug) => self.slugs.get(slug).and_then(|id| self.products.get(id)),
        }
    }

    pub(super) fn products(&self, ids: &[ProductId]) -> Vec<Product> {
        let wanted: BTreeSet<_> = ids.iter().collect();
        wanted.into_iter().filter_map(|id| self.products.get(id)).cloned().collect()
    }

    pub(super) fn page(&self, after: Option<&str>, limit: u32) -> Vec<Product> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.shown
            .range::<str, _>((from, Bound::Unbounded))
            .filter_map(|(_, id)| self.products.get(id))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }

    pub(super) fn put(&mut self, product: &Product) -> Result<(), PutError> {
        if self.slugs.get(&product.slug).is_some_and(|owner| *owner != product.id) {
            return Err(PutError::SlugTaken(product.slug.clone()));
        }
        if let Some(category) = product.details.category.filter(|id| !self.categories.contains_key(id)) {
            return Err(PutError::NoPlace(category));
        }
        let known = self.products.get(&product.id);
        let product = match known {
            Some(known) => Product {
                stock: known.stock,
                figures: known.figures,
                version: known.version.saturating_add(1),
                created_at: known.created_at,
                ..product.clone()
            },
            None => Product { figures: ProductFigures::default(), version: 1, ..product.clone() },
        };
        self.insert(product);
        Ok(())
    }

    /// Stores a product as it is.
    pub(super) fn insert(&mut self, product: Product) {
        if let Some(known) = self.products.get(&product.id) {
            self.slugs.remove(&known.slug);
            self.shown.remove(&known.slug);
        }
        self.slugs.insert(product.slug.clone(), product.id);
        if product.active {
            self.shown.insert(product.slug.clone(), product.id);
        }
        self.products.insert(product.id, product);
    }

    pub(super) fn change(&mut self, product: &Product) -> Result<u64, PutError> {
        let current = self.products.get(&product.id).ok_or(PutError::Missing)?.version;
        if current != product.version {
            return Err(PutError::Conflict { current });
        }
        self.put(product)?;
        Ok(current.saturating_add(1))
    }

    pub(super) fn figures(&mut self, product: ProductId) -> Option<&mut ProductFigures> {
        self.products.get_mut(&product).map(|product| &mut product.figures)
    }

    pub(super) fn categories(&self) -> Vec<Category> {
        let count = |id| self.products.values().filter(|it| it.active && it.details.category == Some(id)).count();
        let counted =
            |it: &Category| Category { products: u64::try_from(count(it.id)).unwrap_or(u64::MAX), ..it.clone() };
        self.categories.values().map(counted).collect()
    }

    /// Whatever stands in them.
    pub(super) fn categories_as_they_are(&mut self) -> &mut BTreeMap<CategoryId, Category> {
        &mut self.categories
    }

    pub(super) fn put_category(
        &mut self,
        id: Option<CategoryId>,
        category: &NewCategory,
    ) -> Result<CategoryId, PutError> {
        let last = self.categories.keys().next_back().map_or(0, |id| id.get());
        let place = match id {
            Some(id) if !self.categories.contains_key(&id) => return Err(PutError::Missing),
            Some(id) => id,
            None => CategoryId::new(last.saturating_add(1)),
        };
        if self.categories.values().any(|it| it.slug == category.slug && it.id != place) {
            return Err(PutError::SlugTaken(category.slug.clone()));
        }
        let tree = CategoryTree::new(self.categories.values().cloned());
        if let Some(parent) = category.parent.filter(|_| !tree.may_move(place, category.parent)) {
            return Err(PutError::NoPlace(parent));
        }
        let NewCategory { name, slug, description, parent, active } = category.clone();
        self.categories.insert(place, Category { id: place, name, slug, description, parent, active, products: 0 });
        Ok(place)
    }

    pub(super) fn set(&mut self, product: ProductId, quantity: u32) -> bool {
        self.products.get_mut(&product).map(|product| product.stock = quantity).is_some()
    }

    /// Checks that all movements are possible, one after the other.
    pub(super) fn check(&self, movements: &[StockMovement]) -> Result<Moves, CommitError> {
        let mut moves = Moves { applied: BTreeMap::new(), stock: HashMap::new() };
        for movement in movements {
            let StockMovement { order: _, product, reason, round, quantity, at: _ } = *movement;
            let name = name(movement);
            if self.moved.contains_key(&name) || moves.applied.contains_key(&name) {
                let message = format!("stock of product {product} was moved before: {} {round}", reason.as_str());
                return Err(StoreError::invalid(message).into());
            }
            let known = self.products.get(&product).map(|product| product.stock);
            let available = moves.stock.get(&product).copied().or(known);
            let left = match (reason, available) {
                (StockReason::Reserve, available) => {
                    let available = available.unwrap_or(0);
                    available.checked_sub(quantity).ok_or(CommitError::OutOfStock { product, available })?
                }
                (StockReason::Release, Some(available)) => available
                    .checked_add(quantity)
                    .ok_or_else(|| StoreError::invalid(format!("more stock of product {product} than can be")))?,
                (StockReason::Release, None) => {
                    return Err(StoreError::invalid(format!("there is no product {product}")).into());
                }
            };
            moves.stock.insert(product, left);
            moves.applied.insert(name, *movement);
        }
        Ok(moves)
    }

    pub(super) fn apply(&mut self, moves: Moves) {
        for (product, stock) in moves.stock {
            self.set(product, stock);
        }
        self.moved.extend(moves.applied);
    }

    /// Products by id.
    pub(super) fn all_after(&self, after: Option<ProductId>) -> impl Iterator<Item = &Product> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.products.range((from, Bound::Unbounded)).map(|(_, product)| product)
    }

    /// Every movement of an order.
    pub(super) fn moved_for(&self, order: OrderId) -> impl Iterator<Item = &StockMovement> {
        let first = (order, ProductId::from_uuid(Uuid::nil()), StockReason::Reserve, 0);
        let last = (order, ProductId::from_uuid(Uuid::max()), StockReason::Release, u16::MAX);
        self.moved.range(first..=last).map(|(_, movement)| movement)
    }

    /// Takes movements over that have been applied elsewhere.
    pub(super) fn adopt(&mut self, movements: &[StockMovement]) {
        self.moved.extend(movements.iter().map(|movement| (name(movement), *movement)));
    }

    pub(super) fn count_into(&self, totals: &mut Totals) {
        for product in self.products.values() {
            totals.add(Total::Products, 1);
            totals.add(Total::Stock, i64::from(product.stock));
        }
    }
}

const fn name(movement: &StockMovement) -> Movement {
    (movement.order, movement.product, movement.reason, movement.round)
}
