//! Products and categories.
//!
//! A product is one narrow row, which commits and lists read, and one of long texts.

super::statements! {
    BY_ID = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id WHERE p.id = ?1";

    BY_SLUG = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id WHERE p.slug = ?1";

    BY_IDS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id
        WHERE p.id IN (SELECT unhex(value) FROM json_each(?1))";

    CARDS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at
        FROM products AS p WHERE p.id IN (SELECT unhex(value) FROM json_each(?1))";

    PAGE = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id
        WHERE p.active = 1 AND p.slug > ?2 ORDER BY p.slug LIMIT ?1";

    /// The page that begins at the beginning: an empty slug would be before it.
    FIRST_PAGE = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at, t.description, t.details, t.views, t.clicks,
            t.updated_at
        FROM products AS p CROSS JOIN product_texts AS t ON t.product = p.id
        WHERE p.active = 1 ORDER BY p.slug LIMIT ?1";

    VERSION = "SELECT version FROM products WHERE id = ?1";

    SCALE = "SELECT nanos FROM price_scales WHERE currency = ?1";

    /// A new product, or one that comes from another store with all that was counted there.
    INSERT = "
        INSERT INTO products (
            id, seller, slug, name, price_minor, currency, active, category, condition, brand, brand_key, tag_keys, featured,
            price_key, shelf, stock, created_at, version, review_count, rating_sum, favourites, sold
        ) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";

    /// Leaves the stock, the age and the figures of a known product alone.
    UPDATE = "
        UPDATE products SET
            seller = ?2, slug = ?3, name = ?4, price_minor = ?5, currency = ?6, active = ?7, category = ?8, condition = ?9,
            brand = ?10, brand_key = ?11, tag_keys = ?12, featured = ?13, price_key = ?14, shelf = ?15, version = version + 1
        WHERE id = ?1";

    PUT_TEXTS = "
        INSERT INTO product_texts (product, updated_at, name, brand, marks, details, description, views, clicks)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (product) DO UPDATE SET
            updated_at = excluded.updated_at, name = excluded.name, brand = excluded.brand, marks = excluded.marks,
            details = excluded.details, description = excluded.description";

    SET_STOCK = "UPDATE products SET stock = ?2 WHERE id = ?1";

    CATEGORIES = "SELECT id, name, slug, description, parent, active, products FROM categories ORDER BY id";

    ADD_CATEGORY = "
        INSERT INTO categories (name, slug, description, parent, active) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id";

    CHANGE_CATEGORY = "
        UPDATE categories SET name = ?2, slug = ?3, description = ?4, parent = ?5, active = ?6 WHERE id = ?1";

    SET_SCALE = "
        INSERT INTO price_scales (currency, nanos) VALUES (?1, ?2)
        ON CONFLICT (currency) DO UPDATE SET nanos = excluded.nanos";

    DROP_SCALES = "DELETE FROM price_scales WHERE currency >= ''";

    SCALES = "SELECT currency, nanos FROM price_scales WHERE currency >= '' ORDER BY currency";

    NEXT_PRICES = "SELECT id, price_minor, currency, price_key FROM products WHERE id > ?1 ORDER BY id LIMIT ?2";

    RESCALE = "UPDATE products SET price_key = ?2 WHERE id = ?1";
}
