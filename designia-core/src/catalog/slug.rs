//! Names in addresses.

use unicode_normalization::UnicodeNormalization;

use crate::id::ProductId;

/// A slug has at most so many bytes, all of them ASCII.
pub const MAX_SLUG: usize = 80;

/// How many characters of the id end a product's slug.
const SUFFIX: usize = 8;

/// The slug of a product: its name, as far as it fits, and the end of its id, which makes it unique.
///
/// The end, because the beginning of an id is the time at which it was made.
#[must_use]
pub fn slug(name: &str, id: ProductId) -> String {
    let id = id.as_uuid().simple().to_string();
    slug_with(name, id.get(id.len().saturating_sub(SUFFIX)..).unwrap_or_default())
}

/// A slug of a name and something that makes it unique, of lower case letters, digits and single hyphens, never longer than
/// [`MAX_SLUG`].
#[must_use]
pub fn slug_with(name: &str, suffix: &str) -> String {
    let room = MAX_SLUG.saturating_sub(if suffix.is_empty() { 0 } else { suffix.len() + 1 });
    let mut slug = String::new();
    for letter in name.nfkd().flat_map(char::to_lowercase) {
        if slug.len() >= room {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if is_gap(letter) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    match (slug.is_empty(), suffix.is_empty()) {
        (_, true) => slug,
        (true, false) => suffix.to_owned(),
        (false, false) => format!("{slug}-{suffix}"),
    }
}

/// Whether a text can be a slug: nothing else needs to be looked for.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= MAX_SLUG && text.bytes().all(is_plain)
}

/// Whether words end here; marks that stand above letters don't.
fn is_gap(letter: char) -> bool {
    letter.is_ascii() || letter.is_whitespace() || matches!(letter, '–' | '—' | '·' | '/' | '«' | '»')
}
