//! Lists of products: each is one range of an index that begins with what the list is of and goes on with its order. What else is
//! asked for is looked up in the rows of that range.
//!
//! Parameters are the same everywhere: 1 limit, 2 and 3 key and id of the last row, 4 categories, 5 conditions, 6 and 7 least and
//! greatest price key, 8 least rating, 9 whether in stock only, 10 seller, 11 brand, 12 tags, 13 featured, 14 whether inactive ones,
//! too, 15 words, 16 order. Several values come as a JSON array; NULL asks for nothing.

macro_rules! card {
    ($p:literal) => {
        concat!(
            "SELECT ",
            $p,
            ".id, ",
            $p,
            ".seller, ",
            $p,
            ".slug, ",
            $p,
            ".name, ",
            $p,
            ".price_minor, ",
            $p,
            ".currency, ",
            $p,
            ".stock, ",
            $p,
            ".active, ",
            $p,
            ".shelf, ",
            $p,
            ".rating_sum, ",
            $p,
            ".review_count, ",
            $p,
            ".favourites, ",
            $p,
            ".sold, ",
            $p,
            ".version, ",
            $p,
            ".created_at"
        )
    };
}

/// What the rows of a range are looked at for. The `+` keeps the planner from other indexes than the list's.
macro_rules! fits {
    () => {
        "(?4 IS NULL OR +q.category IN (SELECT value FROM json_each(?4)))
            AND (?5 IS NULL OR q.condition IN (SELECT value FROM json_each(?5)))
            AND (?6 IS NULL OR +q.price_key >= ?6) AND (?7 IS NULL OR +q.price_key <= ?7)
            AND (?8 IS NULL OR +q.rating_key >= ?8) AND (?9 = 0 OR q.stock > 0) AND (?10 IS NULL OR +q.seller = ?10)
            AND (?11 IS NULL OR q.brand_key = ?11)
            AND (?12 IS NULL OR EXISTS (
                SELECT 1 FROM json_each(q.tag_keys) AS own WHERE own.value IN (SELECT value FROM json_each(?12))
            ))
            AND (?13 IS NULL OR q.featured = ?13) AND ?14 = ?14 AND ?15 IS ?15 AND ?16 IS ?16"
    };
}

/// A list of everything, one of categories, and one of a seller, in this order. What bounds the key ends the range.
macro_rules! lists {
    ($($all:ident $categories:ident $seller:ident = $key:literal $after:literal $direction:literal $bound:literal;)+) => {
        $(
            pub(crate) const $all: &str = concat!(
                card!("q"), ", q.", $key, " FROM products AS q WHERE q.active = 1 AND (q.", $key, ", q.id) ", $after,
                " (?2, ?3)", $bound, " AND ", fits!(), " ORDER BY q.", $key, $direction, ", q.id", $direction, " LIMIT ?1"
            );

            /// The first ones of each category, and of those the first ones.
            pub(crate) const $categories: &str = concat!(
                card!("p"), ", p.", $key, " FROM json_each(?4) AS own CROSS JOIN products AS p ON p.id IN (
                    SELECT q.id FROM products AS q
                    WHERE q.active = 1 AND q.category = own.value AND (q.", $key, ", q.id) ", $after, " (?2, ?3)", $bound, "
                        AND ", fits!(), " ORDER BY q.", $key, $direction, ", q.id", $direction, " LIMIT ?1
                ) ORDER BY p.", $key, $direction, ", p.id", $direction, " LIMIT ?1"
            );

            pub(crate) const $seller: &str = concat!(
                card!("q"), ", q.", $key, " FROM products AS q WHERE q.seller = ?10 AND (q.active = 1 OR ?14 = 1) AND (q.",
                $key, ", q.id) ", $after, " (?2, ?3)", $bound, " AND ", fits!(), " ORDER BY q.", $key, $direction, ", q.id",
                $direction, " LIMIT ?1"
            );
        )+

        #[cfg(test)]
        pub(crate) const LISTS: &[(&str, &str)] = &[
            $((stringify!($all), $all), (stringify!($categories), $categories), (stringify!($seller), $seller),)+
        ];
    };
}

lists! {
    NEWEST NEWEST_OF_CATEGORIES NEWEST_OF_SELLER = "created_at" "<" " DESC" "";
    CHEAPEST CHEAPEST_OF_CATEGORIES CHEAPEST_OF_SELLER = "price_key" ">" "" " AND q.price_key <= ifnull(?7, 9223372036854775807)";
    DEAREST DEAREST_OF_CATEGORIES DEAREST_OF_SELLER = "price_key" "<" " DESC" " AND q.price_key >= ifnull(?6, 0)";
    BEST BEST_OF_CATEGORIES BEST_OF_SELLER = "rating_key" "<" " DESC" " AND q.rating_key >= ifnull(?8, 0)";
    POPULAR POPULAR_OF_CATEGORIES POPULAR_OF_SELLER = "popularity" "<" " DESC" "";
}

/// Of the latest rows that have the words, in any order; keys that rise are negative here.
pub(crate) const WITH_WORDS: &str = concat!(
    "WITH found AS MATERIALIZED (
        SELECT q.id, CASE ?16
            WHEN 'relevance' THEN CAST(-1000000000000.0 * bm25(product_search, 12.0, 6.0, 3.0, 1.0) AS INTEGER)
            WHEN 'newest' THEN q.created_at WHEN 'price_up' THEN -q.price_key
            WHEN 'price_down' THEN iif(q.price_key > 4000000000000000000, q.price_key - 9223372036854775807, q.price_key)
            WHEN 'rating' THEN q.rating_key ELSE q.popularity
        END AS key
        FROM product_search CROSS JOIN product_texts AS t ON t.seq = product_search.rowid
        CROSS JOIN products AS q ON q.id = t.product
        WHERE product_search MATCH ?15 AND (q.active = 1 OR ?14 = 1) AND ",
    fits!(),
    " ORDER BY product_search.rowid DESC LIMIT 5000
    ), first AS MATERIALIZED (
        SELECT id, key FROM found
        WHERE key < ?2 OR (key = ?2 AND iif(?16 = 'price_up', id > ?3, id < ?3))
        ORDER BY key DESC, iif(?16 = 'price_up', id, NULL), id DESC LIMIT ?1
    ) ",
    card!("p"),
    ", first.key FROM first CROSS JOIN products AS p ON p.id = first.id
    ORDER BY first.key DESC, iif(?16 = 'price_up', p.id, NULL), p.id DESC"
);

/// The popular ones of the latest that begin so.
pub(crate) const SUGGEST: &str = concat!(
    "WITH found AS MATERIALIZED (
        SELECT q.id, q.popularity
        FROM product_search CROSS JOIN product_texts AS t ON t.seq = product_search.rowid
        CROSS JOIN products AS q ON q.id = t.product
        WHERE product_search MATCH ?2 AND q.active = 1 ORDER BY product_search.rowid DESC LIMIT 200
    ), first AS MATERIALIZED (SELECT id, popularity FROM found ORDER BY popularity DESC, id LIMIT ?1) ",
    card!("p"),
    " FROM first CROSS JOIN products AS p ON p.id = first.id ORDER BY first.popularity DESC, p.id"
);

macro_rules! facets {
    ($($name:ident = $from:literal;)+) => {
        $(pub(crate) const $name: &str = concat!(
            "WITH found AS MATERIALIZED (SELECT q.category, q.condition, q.brand, q.currency, q.price_minor FROM ",
            $from, " AND ", fits!(), " AND ?1 = ?1 AND ?2 IS ?2 AND ?3 IS ?3 LIMIT 10001)
            SELECT 'count' AS kind, '' AS word, count(*) AS amount, 0 AS most FROM found
            UNION ALL SELECT 'category', CAST(category AS TEXT), count(*), 0 FROM found
                WHERE category IS NOT NULL GROUP BY category
            UNION ALL SELECT 'condition', condition, count(*), 0 FROM found GROUP BY condition
            UNION ALL SELECT 'brand', brand, amount, 0 FROM (
                SELECT brand, count(*) AS amount FROM found WHERE brand <> '' GROUP BY brand
                ORDER BY amount DESC, brand LIMIT 20
            ) AS first
            UNION ALL SELECT 'price', currency, min(price_minor), max(price_minor) FROM found GROUP BY currency"
        );)+

        #[cfg(test)]
        pub(crate) const FACETS: &[(&str, &str)] = &[$((stringify!($name), $name),)+];
    };
}

facets! {
    FACETS_OF_ALL = "products AS q INDEXED BY products_newest WHERE q.active = 1";
    FACETS_OF_CATEGORIES = "
        json_each(?4) AS own CROSS JOIN products AS q ON q.category = own.value WHERE q.active = 1";
    FACETS_OF_SELLER = "products AS q WHERE q.seller = ?10 AND (q.active = 1 OR ?14 = 1)";
    FACETS_WITH_WORDS = "
        product_search CROSS JOIN product_texts AS t ON t.seq = product_search.rowid
        CROSS JOIN products AS q ON q.id = t.product
        WHERE product_search MATCH ?15 AND (q.active = 1 OR ?14 = 1)";
}

#[cfg(test)]
pub(crate) const ALL: &[(&str, &str)] = &[("WITH_WORDS", WITH_WORDS), ("SUGGEST", SUGGEST)];
