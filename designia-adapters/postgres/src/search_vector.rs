//! Words as PostgreSQL searches for them. The program splits texts into words itself, so that it finds the same in every
//! database, whatever its locale is: what is sent are words with their weights, not texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use designia_core::catalog::{Product, SearchWords, search_text};

/// More different words than these are not searched in: the server takes a megabyte of them.
const MAX_WORDS: usize = 4_000;
/// Letters beyond these are left out of a word; those of a search are cut alike.
const MAX_WORD: usize = 40;

/// The words of a product with their weights: A for its name, B for its brand, C for tags and short description, D for the
/// description. The text form of a `tsvector`.
pub(crate) fn search_vector(product: &Product) -> String {
    let details = &product.details;
    let marks = format!("{} {}", details.tags.join(" "), details.short_description);
    let texts = [('A', &product.name), ('B', &details.brand), ('C', &marks), ('D', &product.description)];
    let mut words: BTreeMap<String, Vec<char>> = BTreeMap::new();
    for (weight, text) in texts {
        for word in search_text(text).split(' ').filter(|word| !word.is_empty()) {
            let word: String = word.chars().take(MAX_WORD).collect();
            if words.len() < MAX_WORDS || words.contains_key(&word) {
                let weights = words.entry(word).or_default();
                if !weights.contains(&weight) {
                    weights.push(weight);
                }
            }
        }
    }
    let mut vector = String::new();
    for (word, weights) in words {
        let places: Vec<_> =
            weights.iter().enumerate().map(|(place, weight)| format!("{}{weight}", place + 1)).collect();
        // Writing to a string can't fail.
        let _ = write!(vector, "'{word}':{} ", places.join(","));
    }
    vector
}

/// All words, the last one as a beginning, in texts of these weights or in all. The text form of a `tsquery`. Words hold letters
/// and digits only, so quotes keep them apart from operators.
pub(crate) fn search_query(words: &SearchWords, weights: &str) -> String {
    let words: Vec<_> = words.iter().collect();
    let last = words.len().saturating_sub(1);
    let term = |(place, word): (usize, &&str)| match (place == last, weights) {
        (false, "") => format!("'{word}'"),
        (false, weights) => format!("'{word}':{weights}"),
        (true, weights) => format!("'{word}':{weights}*"),
    };
    words.iter().enumerate().map(term).collect::<Vec<_>>().join(" & ")
}
