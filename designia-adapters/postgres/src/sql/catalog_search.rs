//! Lists of products: each is one range of an index that begins with what the list is of and goes on with its order. What else is
//! asked for is looked up in the rows of that range.
//!
//! Parameters are the same everywhere: 1 limit, 2 and 3 key and id of the last row, 4 categories, 5 conditions, 6 and 7 least and
//! greatest price key, 8 least rating, 9 whether in stock only, 10 seller, 11 brand, 12 tags, 13 featured, 14 whether inactive ones,
//! too, 15 words, 16 order. NULL asks for nothing.

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

/// What the rows of a range are looked at for.
macro_rules! fits {
    () => {
        "($4::integer[] IS NULL OR q.category = ANY ($4)) AND ($5::text[] IS NULL OR q.condition = ANY ($5))
            AND ($6::bigint IS NULL OR q.price_key >= $6) AND ($7::bigint IS NULL OR q.price_key <= $7)
            AND ($8::bigint IS NULL OR q.rating_key >= $8) AND (NOT $9::boolean OR q.stock > 0)
            AND ($10::uuid IS NULL OR q.seller = $10) AND ($11::text IS NULL OR q.brand_key = $11)
            AND ($12::text[] IS NULL OR q.tag_keys && $12) AND ($13::boolean IS NULL OR q.featured = $13)
            AND ($14::boolean OR true) AND ($15::text = '' OR true) AND ($16::text = '' OR true)"
    };
}

/// A list of everything, one of categories, and one of a seller, in this order.
macro_rules! lists {
    ($($all:ident $categories:ident $seller:ident = $key:literal $type:literal $after:literal $direction:literal;)+) => {
        $(
            pub(crate) const $all: &str = concat!(
                card!("q"), ", q.", $key, " FROM designia.products AS q WHERE q.active AND (q.", $key, ", q.id) ", $after,
                " ($2::", $type, ", $3::uuid) AND ", fits!(), " ORDER BY q.", $key, $direction, ", q.id", $direction,
                " LIMIT $1::bigint"
            );

            /// The first ones of each category, and of those the first ones.
            pub(crate) const $categories: &str = concat!(
                card!("p"), ", p.", $key, " FROM unnest($4::integer[]) AS own CROSS JOIN LATERAL (
                    SELECT q.* FROM designia.products AS q
                    WHERE q.active AND q.category = own AND (q.", $key, ", q.id) ", $after, " ($2::", $type, ", $3::uuid)
                        AND ", fits!(), " ORDER BY q.", $key, $direction, ", q.id", $direction, " LIMIT $1::bigint
                ) AS p ORDER BY p.", $key, $direction, ", p.id", $direction, " LIMIT $1"
            );

            pub(crate) const $seller: &str = concat!(
                card!("q"), ", q.", $key, " FROM designia.products AS q WHERE q.seller = $10 AND (q.active OR $14) AND (q.",
                $key, ", q.id) ", $after, " ($2::", $type, ", $3::uuid) AND ", fits!(), " ORDER BY q.", $key, $direction,
                ", q.id", $direction, " LIMIT $1::bigint"
            );
        )+

        #[cfg(test)]
        pub(crate) const LISTS: &[(&str, &str)] = &[
            $((stringify!($all), $all), (stringify!($categories), $categories), (stringify!($seller), $seller),)+
        ];
    };
}

lists! {
    NEWEST NEWEST_OF_CATEGORIES NEWEST_OF_SELLER = "created_at" "timestamptz" "<" " DESC";
    CHEAPEST CHEAPEST_OF_CATEGORIES CHEAPEST_OF_SELLER = "price_key" "bigint" ">" "";
    DEAREST DEAREST_OF_CATEGORIES DEAREST_OF_SELLER = "price_key" "bigint" "<" " DESC";
    BEST BEST_OF_CATEGORIES BEST_OF_SELLER = "rating_key" "bigint" "<" " DESC";
    POPULAR POPULAR_OF_CATEGORIES POPULAR_OF_SELLER = "popularity" "bigint" "<" " DESC";
}

/// Of rows that have the words, in any order; keys that rise are negative here, and then ids rise with them.
pub(crate) const WITH_WORDS: &str = concat!(
    card!("p"),
    ", first.key FROM (
        SELECT id, key FROM designia.found_products_1(5000, $15, $16, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS found
        WHERE key < $2::bigint OR (key = $2 AND CASE $16::text WHEN 'price_up' THEN id > $3::uuid ELSE id < $3 END)
        ORDER BY key DESC, CASE $16 WHEN 'price_up' THEN id END, id DESC LIMIT $1::bigint
    ) AS first JOIN designia.products AS p ON p.id = first.id
    ORDER BY first.key DESC, CASE $16 WHEN 'price_up' THEN p.id END, p.id DESC"
);

/// The popular ones of some that begin so.
pub(crate) const SUGGEST: &str = concat!(
    card!("p"),
    " FROM (
        SELECT id, key FROM designia.found_products_1(
            200, $2, 'popular', NULL, NULL, NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, false
        ) AS found
        ORDER BY key DESC, id LIMIT $1::bigint
    ) AS first JOIN designia.products AS p ON p.id = first.id ORDER BY first.key DESC, p.id"
);

macro_rules! facets {
    ($($name:ident = $from:literal $fits:expr;)+) => {
        $(pub(crate) const $name: &str = concat!(
            "WITH found AS MATERIALIZED (
                SELECT q.category, q.condition, q.brand, q.currency, q.price_minor FROM ", $from, $fits,
                " AND ($1::bigint IS NULL OR true) AND ($2::bigint IS NULL OR true) AND ($3::uuid IS NULL OR true) LIMIT 10001
            )
            SELECT 'count' AS kind, '' AS word, count(*) AS amount, 0::bigint AS most FROM found
            UNION ALL SELECT 'category', category::text, count(*), 0 FROM found WHERE category IS NOT NULL GROUP BY category
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
    FACETS_OF_ALL = "
        (SELECT * FROM designia.products WHERE active ORDER BY created_at DESC, id DESC) AS q WHERE " fits!();
    FACETS_OF_CATEGORIES = "
        unnest($4::integer[]) AS own JOIN designia.products AS q ON q.category = own AND q.active WHERE " fits!();
    FACETS_OF_SELLER = "designia.products AS q WHERE q.seller = $10 AND (q.active OR $14) AND " fits!();
    FACETS_WITH_WORDS = "
        designia.found_products_1(10001, $15, $16, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS q WHERE true" "";
}

#[cfg(test)]
pub(crate) const ALL: &[(&str, &str)] = &[("WITH_WORDS", WITH_WORDS), ("SUGGEST", SUGGEST)];
