//! Products and categories.
//!
//! A product is one narrow row, which commits and lists read, one of long texts, and one of what is counted with every look.

super::statements! {
    BY_ID = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id WHERE p.id = $1";

    BY_SLUG = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id WHERE p.slug = $1";

    BY_IDS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id WHERE p.id = ANY ($1)";

    CARDS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at
        FROM designia.products AS p WHERE p.id = ANY ($1)";

    PAGE = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id
        WHERE p.active AND p.slug > $2 ORDER BY p.slug LIMIT $1";

    /// The page that begins at the beginning: an empty slug would be before it.
    FIRST_PAGE = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, coalesce(l.views, 0), coalesce(l.clicks, 0),
            t.updated_at
        FROM designia.products AS p JOIN designia.product_texts AS t ON t.product = p.id
        LEFT JOIN designia.product_looks AS l ON l.product = p.id
        WHERE p.active ORDER BY p.slug LIMIT $1";

    LOCK = "SELECT version FROM designia.products WHERE id = $1 FOR NO KEY UPDATE";

    /// A new product, or one that comes from another store with all that was counted there.
    INSERT = "
        INSERT INTO designia.products (
            id, seller, slug, name, price_minor, currency, active, category, condition, brand, brand_key, tag_keys, featured,
            price_key, shelf, stock, created_at, version, review_count, rating_sum, favourites, sold
        ) VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, designia.price_key_1($5, $6), $14::json, $15, $16,
            $17, $18, $19, $20, $21
        ) ON CONFLICT (id) DO NOTHING RETURNING version";

    /// Leaves the stock, the age and the figures of a known product alone.
    UPDATE = "
        UPDATE designia.products SET
            seller = $2, slug = $3, name = $4, price_minor = $5, currency = $6, active = $7, category = $8, condition = $9,
            brand = $10, brand_key = $11, tag_keys = $12, featured = $13, price_key = designia.price_key_1($5, $6),
            shelf = $14::json, version = version + 1, description = ''
        WHERE id = $1 RETURNING version";

    PUT_TEXTS = "
        INSERT INTO designia.product_texts (product, updated_at, description, details, search)
        VALUES ($1, $2, $3, $4::json, $5::tsvector)
        ON CONFLICT (product) DO UPDATE SET
            updated_at = excluded.updated_at, description = excluded.description, details = excluded.details,
            search = excluded.search";

    PUT_LOOKS = "
        INSERT INTO designia.product_looks (product, views, clicks) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

    SET_STOCK = "UPDATE designia.products SET stock = $2 WHERE id = $1 RETURNING true";

    CATEGORIES = "
        SELECT id, name, slug, description, parent, active, products FROM designia.categories ORDER BY id";

    /// The tree changes as a whole: two moves that are each all right could make a circle together.
    LOCK_CATEGORIES = "SELECT pg_advisory_xact_lock($1)";

    ADD_CATEGORY = "
        INSERT INTO designia.categories (name, slug, description, parent, active) VALUES ($1, $2, $3, $4, $5) RETURNING id";

    CHANGE_CATEGORY = "
        UPDATE designia.categories SET name = $2, slug = $3, description = $4, parent = $5, active = $6
        WHERE id = $1 RETURNING id";

    SCALE = "SELECT nanos FROM designia.price_scales WHERE currency = $1";

    SET_SCALES = "
        WITH gone AS (DELETE FROM designia.price_scales WHERE currency >= '' AND currency <> ALL ($1))
        INSERT INTO designia.price_scales (currency, nanos) SELECT * FROM unnest($1::text[], $2::bigint[]) ORDER BY 1
        ON CONFLICT (currency) DO UPDATE SET nanos = excluded.nanos";

    SCALES = "SELECT currency, nanos FROM designia.price_scales ORDER BY currency";

    NEXT_PRICES = "
        SELECT id FROM designia.products WHERE id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE";

    RESCALE = "
        UPDATE designia.products SET price_key = designia.price_key_1(price_minor, currency)
        WHERE id = ANY ($1) AND price_key <> designia.price_key_1(price_minor, currency)";
}
