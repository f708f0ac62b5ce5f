//! Products.

super::statements! {
    BY_ID = "
        SELECT id, seller, slug, name, description, price_minor, currency, stock, active
        FROM designia.products WHERE id = $1";

    BY_SLUG = "
        SELECT id, seller, slug, name, description, price_minor, currency, stock, active
        FROM designia.products WHERE slug = $1";

    BY_IDS = "
        SELECT id, seller, slug, name, description, price_minor, currency, stock, active
        FROM designia.products WHERE id = ANY ($1)";

    PAGE = "
        SELECT id, seller, slug, name, description, price_minor, currency, stock, active
        FROM designia.products WHERE active AND slug > $2 ORDER BY slug LIMIT $1";

    /// The page that begins at the beginning: an empty slug would be before it.
    FIRST_PAGE = "
        SELECT id, seller, slug, name, description, price_minor, currency, stock, active
        FROM designia.products WHERE active ORDER BY slug LIMIT $1";

    /// Leaves the stock of a known product alone.
    PUT = "
        INSERT INTO designia.products (id, seller, slug, name, description, price_minor, currency, active, stock)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET
            seller = excluded.seller, slug = excluded.slug, name = excluded.name, description = excluded.description,
            price_minor = excluded.price_minor, currency = excluded.currency, active = excluded.active";

    SET_STOCK = "UPDATE designia.products SET stock = $2 WHERE id = $1 RETURNING true";
}
