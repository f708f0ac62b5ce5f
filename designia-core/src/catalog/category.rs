//! Categories, a tree that the marketplace keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::CategoryId;

/// A category, and how much stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Given by the store.
    pub id: CategoryId,
    /// What it is called.
    pub name: String,
    /// Its name in addresses, unique.
    pub slug: String,
    /// What stands in it, in words.
    pub description: String,
    /// What it is part of.
    pub parent: Option<CategoryId>,
    /// Whether it is shown.
    pub active: bool,
    /// How many active products stand in it itself, not counting its parts.
    #[serde(default)]
    pub products: u64,
}

/// What a category is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCategory {
    /// What it is called.
    pub name: String,
    /// Its name in addresses, unique.
    pub slug: String,
    /// What stands in it, in words.
    pub description: String,
    /// What it is part of.
    pub parent: Option<CategoryId>,
    /// Whether it is shown.
    pub active: bool,
}

/// All categories of a marketplace: few enough to be held at once.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CategoryTree {
    categories: BTreeMap<CategoryId, Category>,
    parts: BTreeMap<Option<CategoryId>, Vec<CategoryId>>,
}

impl CategoryTree {
    /// The tree of these categories.
    #[must_use]
    pub fn new(categories: impl IntoIterator<Item = Category>) -> Self {
        let mut tree = Self::default();
        for category in categories {
            tree.parts.entry(category.parent).or_default().push(category.id);
            tree.categories.insert(category.id, category);
        }
        tree
    }

    /// The category of this number.
    #[must_use]
    pub fn get(&self, id: CategoryId) -> Option<&Category> {
        self.categories.get(&id)
    }

    /// The category of this name in addresses.
    #[must_use]
    pub fn by_slug(&self, slug: &str) -> Option<&Category> {
        self.categories.values().find(|category| category.slug == slug)
    }

    /// The parts of a category, or what is part of none, by number.
    #[must_use]
    pub fn parts(&self, of: Option<CategoryId>) -> Vec<&Category> {
        self.parts.get(&of).into_iter().flatten().filter_map(|id| self.categories.get(id)).collect()
    }

    /// These categories with all of their parts, and the parts of those: what a search is to look through.
    #[must_use]
    pub fn with_parts(&self, ids: impl IntoIterator<Item = CategoryId>) -> Vec<CategoryId> {
        let mut found = BTreeSet::new();
        let mut left: Vec<_> = ids.into_iter().collect();
        while let Some(id) = left.pop() {
            if found.insert(id) {
                left.extend(self.parts.get(&Some(id)).into_iter().flatten());
            }
        }
        found.into_iter().collect()
    }

    /// How many active products stand in a category and its parts.
    #[must_use]
    pub fn products_within(&self, id: CategoryId) -> u64 {
        self.with_parts([id]).into_iter().filter_map(|id| self.get(id)).map(|it| it.products).sum()
    }

    /// Whether a category may become part of another: not if that one is part of it, or is missing.
    #[must_use]
    pub fn may_move(&self, id: CategoryId, parent: Option<CategoryId>) -> bool {
        parent.is_none_or(|parent| self.categories.contains_key(&parent) && !self.with_parts([id]).contains(&parent))
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Category> {
        self.categories.values()
    }
}
