-- The catalogue: what sellers say about products, categories, reviews, favourites, carts, and what sellers see of it all.
--
-- The row of a product stays narrow: commits read and change it, and lists read many at once. Long texts and what is counted with
-- every look at a product are in rows of their own. Whoever locks several rows locks products before shops and days, and of one
-- table by rising key.

CREATE TABLE designia.categories (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    slug text COLLATE "C" NOT NULL UNIQUE,
    description text NOT NULL,
    parent integer REFERENCES designia.categories (id) ON DELETE RESTRICT CHECK (parent <> id),
    active boolean NOT NULL,
    -- How many active products stand in it.
    products bigint NOT NULL DEFAULT 0 CHECK (products >= 0)
)
WITH (fillfactor = 50);

-- What one minor unit of a currency is worth, in billionths of a unit of the marketplace's currency.
CREATE TABLE designia.price_scales (
    currency text COLLATE "C" PRIMARY KEY CHECK (length(currency) = 3),
    nanos bigint NOT NULL CHECK (nanos > 0)
);

-- What a list compares a price by; a currency without a scale apart from all others. Says the same as `PriceScale::key_of`.
CREATE FUNCTION designia.price_key_1(minor bigint, code text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (
            SELECT least(minor, 4000000000000000000 / nanos) * nanos
            FROM designia.price_scales WHERE currency = code
        ),
        4000000000000000001 + least(minor, 281474976710655) + 281474976710656 * (
            676 * (ascii(code) - 65) + 26 * (ascii(substr(code, 2)) - 65) + ascii(substr(code, 3)) - 65
        )
    )
$$;

ALTER TABLE designia.products
    -- In a row of its own by now; here for nodes that are not restarted yet.
    ALTER COLUMN description SET DEFAULT '',
    ADD COLUMN category integer REFERENCES designia.categories (id) ON DELETE RESTRICT,
    ADD COLUMN condition text COLLATE "C" NOT NULL DEFAULT 'new'
        CHECK (condition IN ('new', 'like_new', 'good', 'fair', 'poor')),
    ADD COLUMN brand text COLLATE "C" NOT NULL DEFAULT '',
    -- As it is searched for.
    ADD COLUMN brand_key text COLLATE "C" NOT NULL DEFAULT '',
    -- As they are searched for.
    ADD COLUMN tag_keys text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN featured boolean NOT NULL DEFAULT false,
    -- What prices are compared by across currencies, in billionths of a unit of the marketplace's currency; above 4 * 10^18 those
    -- of currencies without a scale.
    ADD COLUMN price_key bigint NOT NULL DEFAULT 0 CHECK (price_key >= 0),
    -- What a card shows beyond these columns.
    ADD COLUMN shelf json NOT NULL DEFAULT '{}',
    ADD COLUMN rating_sum bigint NOT NULL DEFAULT 0,
    ADD COLUMN review_count bigint NOT NULL DEFAULT 0 CHECK (review_count >= 0),
    ADD COLUMN favourites bigint NOT NULL DEFAULT 0 CHECK (favourites >= 0),
    ADD COLUMN sold bigint NOT NULL DEFAULT 0 CHECK (sold >= 0),
    ADD COLUMN version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    ADD COLUMN rating_key bigint NOT NULL
        GENERATED ALWAYS AS (CASE WHEN review_count = 0 THEN 0 ELSE 1000 * rating_sum / review_count END) STORED,
    ADD COLUMN popularity bigint NOT NULL GENERATED ALWAYS AS (favourites + 3 * sold) STORED,
    ADD CHECK (rating_sum BETWEEN review_count AND 5 * review_count);

-- What is known of products that were here before: as old as the first order, and of currencies that have no scale yet.
UPDATE designia.products SET
    created_at = coalesce((SELECT min(placed_at) FROM designia.orders), created_at),
    price_key = designia.price_key_1(price_minor, currency);

CREATE TABLE designia.product_texts (
    product uuid PRIMARY KEY REFERENCES designia.products (id) ON DELETE CASCADE,
    updated_at timestamptz NOT NULL,
    description text NOT NULL,
    -- All that the seller says.
    details json NOT NULL,
    -- The words of the name (A), the brand (B), tags and short description (C) and the description (D), as the program splits them.
    search tsvector NOT NULL
);

CREATE INDEX product_texts_search ON designia.product_texts USING gin (search);

CREATE TABLE designia.product_looks (
    product uuid PRIMARY KEY REFERENCES designia.products (id) ON DELETE CASCADE,
    views bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
    clicks bigint NOT NULL DEFAULT 0 CHECK (clicks >= 0)
)
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

INSERT INTO designia.product_texts (product, updated_at, description, details, search)
SELECT id, created_at, description, '{}',
    setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', description), 'D')
FROM designia.products;

-- A node that is not restarted yet knows nothing of these.
CREATE FUNCTION designia.add_product_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.product_texts (product, updated_at, description, details, search)
    VALUES (
        NEW.id, NEW.created_at, NEW.description, '{}',
        setweight(to_tsvector('simple', NEW.name), 'A') || setweight(to_tsvector('simple', NEW.description), 'D')
    ) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER products_described AFTER INSERT ON designia.products
    FOR EACH ROW WHEN (NEW.shelf::text = '{}') EXECUTE FUNCTION designia.add_product_texts();

-- A list is one range of one of these: by everything, category or seller, and by age, price, rating or popularity.
CREATE INDEX products_newest ON designia.products (created_at, id) WHERE active;
CREATE INDEX products_by_price ON designia.products (price_key, id) WHERE active;
CREATE INDEX products_by_rating ON designia.products (rating_key, id) WHERE active;
CREATE INDEX products_by_popularity ON designia.products (popularity, id) WHERE active;
CREATE INDEX products_of_category ON designia.products (category, created_at, id) WHERE active;
CREATE INDEX products_of_category_by_price ON designia.products (category, price_key, id) WHERE active;
CREATE INDEX products_of_category_by_rating ON designia.products (category, rating_key, id) WHERE active;
CREATE INDEX products_of_category_by_popularity ON designia.products (category, popularity, id) WHERE active;
CREATE INDEX products_of_seller ON designia.products (seller, created_at, id);
CREATE INDEX products_of_seller_by_price ON designia.products (seller, price_key, id);
CREATE INDEX products_of_seller_by_rating ON designia.products (seller, rating_key, id);
CREATE INDEX products_of_seller_by_popularity ON designia.products (seller, popularity, id);
CREATE INDEX products_of_seller_by_sales ON designia.products (seller, sold, id);

CREATE TABLE designia.shops (
    seller uuid PRIMARY KEY,
    products bigint NOT NULL,
    active_products bigint NOT NULL CHECK (active_products >= 0),
    CHECK (products >= active_products)
)
WITH (fillfactor = 50);

INSERT INTO designia.shops (seller, products, active_products)
SELECT seller, count(*), count(*) FILTER (WHERE active) FROM designia.products GROUP BY seller;

CREATE FUNCTION designia.count_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM designia.shops
    WHERE seller IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.seller END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.seller END)
    ORDER BY seller FOR NO KEY UPDATE;
    PERFORM 1 FROM designia.categories
    WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.category END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.category END)
    ORDER BY id FOR NO KEY UPDATE;
    IF TG_OP <> 'INSERT' THEN
        UPDATE designia.shops SET products = products - 1, active_products = active_products - OLD.active::integer
        WHERE seller = OLD.seller;
        UPDATE designia.categories SET products = products - 1 WHERE id = OLD.category AND OLD.active;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO designia.shops AS shop (seller, products, active_products) VALUES (NEW.seller, 1, NEW.active::integer)
        ON CONFLICT (seller) DO UPDATE SET
            products = shop.products + 1, active_products = shop.active_products + excluded.active_products;
        UPDATE designia.categories SET products = products + 1 WHERE id = NEW.category AND NEW.active;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER products_counted AFTER INSERT OR DELETE ON designia.products
    FOR EACH ROW EXECUTE FUNCTION designia.count_products();
CREATE TRIGGER products_recounted AFTER UPDATE OF seller, active, category ON designia.products
    FOR EACH ROW WHEN (
        OLD.seller <> NEW.seller OR OLD.active <> NEW.active OR OLD.category IS DISTINCT FROM NEW.category
    ) EXECUTE FUNCTION designia.count_products();

-- Products that have words, weighed, at most so many. Only this kind of index can find them, and it knows no order.
CREATE FUNCTION designia.found_products_1(
    most bigint, sought text, wanted_order text, categories integer[], conditions text[], price_min bigint, price_max bigint,
    min_rating bigint, stock_only boolean, of_seller uuid, of_brand text, tags text[], only_featured boolean,
    inactive_too boolean
) RETURNS TABLE (id uuid, key bigint, category integer, condition text, brand text, currency text, price_minor bigint)
LANGUAGE sql STABLE ROWS 100 SET enable_bitmapscan = on SET plan_cache_mode = force_custom_plan AS $$
    SELECT q.id,
        CASE wanted_order
            WHEN 'relevance' THEN (1000000000 * ts_rank('{0.05, 0.15, 0.4, 1}', t.search, sought::tsquery))::bigint
            WHEN 'newest' THEN (extract(epoch FROM q.created_at) * 1000000)::bigint
            WHEN 'price_up' THEN -q.price_key
            WHEN 'price_down' THEN CASE
                WHEN q.price_key > 4000000000000000000 THEN q.price_key - 9223372036854775807 ELSE q.price_key
            END
            WHEN 'rating' THEN q.rating_key ELSE q.popularity
        END,
        q.category, q.condition, q.brand, q.currency, q.price_minor
    FROM designia.product_texts AS t JOIN designia.products AS q ON q.id = t.product
    WHERE t.search @@ sought::tsquery AND (q.active OR inactive_too)
        AND (categories IS NULL OR q.category = ANY (categories))
        AND (conditions IS NULL OR q.condition = ANY (conditions))
        AND (price_min IS NULL OR q.price_key >= price_min) AND (price_max IS NULL OR q.price_key <= price_max)
        AND (min_rating IS NULL OR q.rating_key >= min_rating) AND (NOT stock_only OR q.stock > 0)
        AND (of_seller IS NULL OR q.seller = of_seller) AND (of_brand IS NULL OR q.brand_key = of_brand)
        AND (tags IS NULL OR q.tag_keys && tags) AND (only_featured IS NULL OR q.featured = only_featured)
    LIMIT most
$$;

CREATE TABLE designia.reviews (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product uuid NOT NULL REFERENCES designia.products (id) ON DELETE RESTRICT,
    reviewer uuid NOT NULL,
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title text NOT NULL CHECK (length(title) <= 200),
    comment text NOT NULL CHECK (length(comment) <= 5000),
    verified boolean NOT NULL,
    helpful bigint NOT NULL DEFAULT 0 CHECK (helpful >= 0),
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    removed_at timestamptz
);

-- Of one person there is one review of a product.
CREATE UNIQUE INDEX reviews_of_product_by_reviewer ON designia.reviews (product, reviewer) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product ON designia.reviews (product, created_at, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product_by_rating ON designia.reviews (product, rating, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product_by_help ON designia.reviews (product, helpful, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_reviewer ON designia.reviews (reviewer, created_at, id) WHERE removed_at IS NULL;

CREATE FUNCTION designia.keep_removed_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a removed review is never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER reviews_stay_removed BEFORE UPDATE ON designia.reviews
    FOR EACH ROW WHEN (OLD.removed_at IS NOT NULL) EXECUTE FUNCTION designia.keep_removed_review();

CREATE TABLE designia.review_votes (
    review integer NOT NULL REFERENCES designia.reviews (id) ON DELETE CASCADE,
    voter uuid NOT NULL,
    PRIMARY KEY (review, voter)
);

CREATE TABLE designia.favourites (
    account uuid NOT NULL,
    product uuid NOT NULL REFERENCES designia.products (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account, product)
);

CREATE INDEX favourites_newest ON designia.favourites (account, created_at, product);
CREATE INDEX favourites_of_product ON designia.favourites (product);

CREATE TABLE designia.carts (
    account uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    updated_at timestamptz NOT NULL,
    -- At most a hundred.
    lines json NOT NULL CHECK (json_array_length(lines) <= 100)
);

CREATE FUNCTION designia.keep_cart_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a cart never goes back to an older version' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER carts_advance BEFORE UPDATE ON designia.carts
    FOR EACH ROW WHEN (NEW.version <= OLD.version) EXECUTE FUNCTION designia.keep_cart_version();

-- What happened in a shop on a day, counted from 1970.
CREATE TABLE designia.shop_days (
    seller uuid NOT NULL,
    day integer NOT NULL,
    views bigint NOT NULL DEFAULT 0 CHECK (views >= 0),
    clicks bigint NOT NULL DEFAULT 0 CHECK (clicks >= 0),
    cart_adds bigint NOT NULL DEFAULT 0 CHECK (cart_adds >= 0),
    favourites bigint NOT NULL DEFAULT 0 CHECK (favourites >= 0),
    orders bigint NOT NULL DEFAULT 0 CHECK (orders >= 0),
    sold bigint NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (seller, day)
)
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE TABLE designia.shop_revenue (
    seller uuid NOT NULL,
    day integer NOT NULL,
    currency text COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    minor bigint NOT NULL CHECK (minor >= 0),
    PRIMARY KEY (seller, day, currency)
)
WITH (fillfactor = 50);

-- Which orders were counted as sales.
CREATE TABLE designia.counted_sales (
    order_id uuid PRIMARY KEY
);

-- Counts what somebody did with products that there are.
CREATE FUNCTION designia.note_activity_1(activity text, wanted uuid[], on_day integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF activity <> 'cart_add' THEN
        INSERT INTO designia.product_looks AS looks (product, views, clicks)
        SELECT id, CASE activity WHEN 'view' THEN count(*) ELSE 0 END, CASE activity WHEN 'click' THEN count(*) ELSE 0 END
        FROM unnest(wanted) AS own JOIN designia.products ON id = own GROUP BY id ORDER BY id
        ON CONFLICT (product) DO UPDATE SET
            views = looks.views + excluded.views, clicks = looks.clicks + excluded.clicks;
    END IF;
    INSERT INTO designia.shop_days AS total (seller, day, views, clicks, cart_adds)
    SELECT seller, on_day, CASE activity WHEN 'view' THEN count(*) ELSE 0 END,
        CASE activity WHEN 'click' THEN count(*) ELSE 0 END, CASE activity WHEN 'cart_add' THEN count(*) ELSE 0 END
    FROM unnest(wanted) AS own JOIN designia.products ON id = own GROUP BY seller ORDER BY seller
    ON CONFLICT (seller, day) DO UPDATE SET
        views = total.views + excluded.views, clicks = total.clicks + excluded.clicks,
        cart_adds = total.cart_adds + excluded.cart_adds;
END $$;

-- Counts an order that was paid, unless it was counted before.
CREATE FUNCTION designia.note_sale_1(
    wanted uuid, on_day integer, sellers uuid[], sold_products uuid[], quantities bigint[], currencies text[], minors bigint[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO designia.counted_sales (order_id) VALUES (wanted) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM designia.products WHERE id = ANY (sold_products) ORDER BY id FOR NO KEY UPDATE;
    UPDATE designia.products SET sold = sold + line.quantity
    FROM unnest(sold_products, quantities) AS line (product, quantity) WHERE products.id = line.product;
    INSERT INTO designia.shop_days AS total (seller, day, orders, sold)
    SELECT seller, on_day, 1, sum(quantity) FROM unnest(sellers, quantities) AS line (seller, quantity)
    GROUP BY seller ORDER BY seller
    ON CONFLICT (seller, day) DO UPDATE SET orders = total.orders + 1, sold = total.sold + excluded.sold;
    INSERT INTO designia.shop_revenue AS total (seller, day, currency, minor)
    SELECT seller, on_day, currency, sum(minor) FROM unnest(sellers, currencies, minors) AS line (seller, currency, minor)
    GROUP BY seller, currency ORDER BY seller, currency
    ON CONFLICT (seller, day, currency) DO UPDATE SET minor = total.minor + excluded.minor;
    RETURN true;
END $$;
