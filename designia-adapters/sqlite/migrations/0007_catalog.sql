-- The catalogue: what sellers say about products, categories, reviews, favourites, carts, and what sellers see of it all.
--
-- The row of a product stays narrow: commits read and change it, and lists read many at once. Long texts and what is counted with
-- every look at a product are in rows of their own.

CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    parent INTEGER REFERENCES categories (id) ON DELETE RESTRICT CHECK (parent <> id),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    -- How many active products stand in it.
    products INTEGER NOT NULL DEFAULT 0 CHECK (products >= 0)
) STRICT;

CREATE INDEX categories_by_parent ON categories (parent);

ALTER TABLE products ADD COLUMN category INTEGER REFERENCES categories (id) ON DELETE RESTRICT;
ALTER TABLE products ADD COLUMN condition TEXT NOT NULL DEFAULT 'new'
    CHECK (condition IN ('new', 'like_new', 'good', 'fair', 'poor'));
ALTER TABLE products ADD COLUMN brand TEXT NOT NULL DEFAULT '';
-- As it is searched for.
ALTER TABLE products ADD COLUMN brand_key TEXT NOT NULL DEFAULT '';
-- A JSON array, as they are searched for.
ALTER TABLE products ADD COLUMN tag_keys TEXT NOT NULL DEFAULT '[]';
ALTER TABLE products ADD COLUMN featured INTEGER NOT NULL DEFAULT 0 CHECK (featured IN (0, 1));
-- What prices are compared by across currencies, in billionths of a unit of the marketplace's currency; above 4 * 10^18 those of
-- currencies without a scale, each apart from the others.
ALTER TABLE products ADD COLUMN price_key INTEGER NOT NULL DEFAULT 0 CHECK (price_key >= 0);
-- What a card shows beyond these columns, as JSON.
ALTER TABLE products ADD COLUMN shelf TEXT NOT NULL DEFAULT '{}';
ALTER TABLE products ADD COLUMN review_count INTEGER NOT NULL DEFAULT 0 CHECK (review_count >= 0);
ALTER TABLE products ADD COLUMN rating_sum INTEGER NOT NULL DEFAULT 0
    CHECK (rating_sum BETWEEN review_count AND 5 * review_count);
ALTER TABLE products ADD COLUMN favourites INTEGER NOT NULL DEFAULT 0 CHECK (favourites >= 0);
ALTER TABLE products ADD COLUMN sold INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0);
ALTER TABLE products ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE products ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN rating_key INTEGER AS (ifnull(1000 * rating_sum / nullif(review_count, 0), 0)) VIRTUAL;
ALTER TABLE products ADD COLUMN popularity INTEGER AS (favourites + 3 * sold) VIRTUAL;

-- What is known of products that were here before: as old as the first order, and of currencies that have no scale yet.
UPDATE products SET
    created_at = ifnull((SELECT min(placed_at) FROM orders), 0),
    price_key = 4000000000000000001 + min(price_minor, 281474976710655) + 281474976710656 * (
        676 * (unicode(currency) - 65) + 26 * (unicode(substr(currency, 2)) - 65) + unicode(substr(currency, 3)) - 65
    );

CREATE TABLE product_texts (
    -- The search index names rows by it.
    seq INTEGER PRIMARY KEY,
    product BLOB NOT NULL UNIQUE REFERENCES products (id) ON DELETE CASCADE,
    views INTEGER NOT NULL DEFAULT 0 CHECK (views >= 0),
    clicks INTEGER NOT NULL DEFAULT 0 CHECK (clicks >= 0),
    updated_at INTEGER NOT NULL,
    name TEXT NOT NULL,
    brand TEXT NOT NULL,
    -- Tags and the short description.
    marks TEXT NOT NULL,
    -- All that the seller says, as JSON.
    details TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;

INSERT INTO product_texts (product, updated_at, name, brand, marks, details, description)
SELECT id, created_at, name, '', '', '{}', description FROM products;

ALTER TABLE products DROP COLUMN description;

CREATE VIRTUAL TABLE product_search USING fts5 (
    name, brand, marks, description,
    content = 'product_texts', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
INSERT INTO product_search (product_search) VALUES ('rebuild');

CREATE TRIGGER product_texts_searched AFTER INSERT ON product_texts BEGIN
    INSERT INTO product_search (rowid, name, brand, marks, description)
    VALUES (NEW.seq, NEW.name, NEW.brand, NEW.marks, NEW.description);
END;
CREATE TRIGGER product_texts_searched_anew AFTER UPDATE OF name, brand, marks, description ON product_texts
WHEN (OLD.name, OLD.brand, OLD.marks, OLD.description) <> (NEW.name, NEW.brand, NEW.marks, NEW.description) BEGIN
    INSERT INTO product_search (product_search, rowid, name, brand, marks, description)
    VALUES ('delete', OLD.seq, OLD.name, OLD.brand, OLD.marks, OLD.description);
    INSERT INTO product_search (rowid, name, brand, marks, description)
    VALUES (NEW.seq, NEW.name, NEW.brand, NEW.marks, NEW.description);
END;
CREATE TRIGGER product_texts_forgotten AFTER DELETE ON product_texts BEGIN
    INSERT INTO product_search (product_search, rowid, name, brand, marks, description)
    VALUES ('delete', OLD.seq, OLD.name, OLD.brand, OLD.marks, OLD.description);
END;

-- A list is one range of one of these: by everything, category or seller, and by age, price, rating or popularity.
CREATE INDEX products_newest ON products (created_at, id) WHERE active = 1;
CREATE INDEX products_by_price ON products (price_key, id) WHERE active = 1;
CREATE INDEX products_by_rating ON products (rating_key, id) WHERE active = 1;
CREATE INDEX products_by_popularity ON products (popularity, id) WHERE active = 1;
CREATE INDEX products_of_category ON products (category, created_at, id) WHERE active = 1;
CREATE INDEX products_of_category_by_price ON products (category, price_key, id) WHERE active = 1;
CREATE INDEX products_of_category_by_rating ON products (category, rating_key, id) WHERE active = 1;
CREATE INDEX products_of_category_by_popularity ON products (category, popularity, id) WHERE active = 1;
CREATE INDEX products_of_seller ON products (seller, created_at, id);
CREATE INDEX products_of_seller_by_price ON products (seller, price_key, id);
CREATE INDEX products_of_seller_by_rating ON products (seller, rating_key, id);
CREATE INDEX products_of_seller_by_popularity ON products (seller, popularity, id);
CREATE INDEX products_of_seller_by_sales ON products (seller, sold, id);

CREATE TABLE shops (
    seller BLOB NOT NULL PRIMARY KEY CHECK (length(seller) = 16),
    products INTEGER NOT NULL CHECK (products >= active_products),
    active_products INTEGER NOT NULL CHECK (active_products >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO shops SELECT seller, count(*), sum(active) FROM products GROUP BY seller;

CREATE TRIGGER products_counted AFTER INSERT ON products BEGIN
    INSERT INTO shops VALUES (NEW.seller, 1, NEW.active)
    ON CONFLICT DO UPDATE SET products = products + 1, active_products = active_products + excluded.active_products;
    UPDATE categories SET products = products + NEW.active WHERE id = NEW.category;
END;
CREATE TRIGGER products_recounted AFTER UPDATE OF seller, active, category ON products
WHEN OLD.seller <> NEW.seller OR OLD.active <> NEW.active OR OLD.category IS NOT NEW.category BEGIN
    UPDATE shops SET products = products - 1, active_products = active_products - OLD.active WHERE seller = OLD.seller;
    INSERT INTO shops VALUES (NEW.seller, 1, NEW.active)
    ON CONFLICT DO UPDATE SET products = products + 1, active_products = active_products + excluded.active_products;
    UPDATE categories SET products = products - OLD.active WHERE id = OLD.category;
    UPDATE categories SET products = products + NEW.active WHERE id = NEW.category;
END;
CREATE TRIGGER products_uncounted AFTER DELETE ON products BEGIN
    UPDATE shops SET products = products - 1, active_products = active_products - OLD.active WHERE seller = OLD.seller;
    UPDATE categories SET products = products - OLD.active WHERE id = OLD.category;
END;

-- What one minor unit of a currency is worth, in billionths of a unit of the marketplace's currency.
CREATE TABLE price_scales (
    currency TEXT NOT NULL PRIMARY KEY CHECK (length(currency) = 3),
    nanos INTEGER NOT NULL CHECK (nanos > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviews (
    -- Not the row's own number, which no index can be asked for together with another column.
    id INTEGER NOT NULL UNIQUE CHECK (id > 0),
    product BLOB NOT NULL REFERENCES products (id) ON DELETE RESTRICT,
    reviewer BLOB NOT NULL CHECK (length(reviewer) = 16),
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
    verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
    helpful INTEGER NOT NULL DEFAULT 0 CHECK (helpful >= 0),
    version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER,
    title TEXT NOT NULL CHECK (length(title) <= 200),
    comment TEXT NOT NULL CHECK (length(comment) <= 5000)
) STRICT;

-- Of one person there is one review of a product.
CREATE UNIQUE INDEX reviews_of_product_by_reviewer ON reviews (product, reviewer) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product ON reviews (product, created_at, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product_by_rating ON reviews (product, rating, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_product_by_help ON reviews (product, helpful, id) WHERE removed_at IS NULL;
CREATE INDEX reviews_of_reviewer ON reviews (reviewer, created_at, id) WHERE removed_at IS NULL;

CREATE TRIGGER reviews_stay_removed BEFORE UPDATE ON reviews WHEN OLD.removed_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a removed review is never changed');
END;

CREATE TABLE review_votes (
    review INTEGER NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    voter BLOB NOT NULL CHECK (length(voter) = 16),
    PRIMARY KEY (review, voter)
) STRICT, WITHOUT ROWID;

CREATE TABLE favourites (
    account BLOB NOT NULL CHECK (length(account) = 16),
    product BLOB NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, product)
) STRICT, WITHOUT ROWID;

CREATE INDEX favourites_newest ON favourites (account, created_at, product);
CREATE INDEX favourites_of_product ON favourites (product);

CREATE TABLE carts (
    account BLOB NOT NULL PRIMARY KEY CHECK (length(account) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    updated_at INTEGER NOT NULL,
    -- A JSON array, at most a hundred.
    lines TEXT NOT NULL CHECK (json_array_length(lines) <= 100)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER carts_advance BEFORE UPDATE ON carts WHEN NEW.version <= OLD.version BEGIN
    SELECT RAISE(ABORT, 'a cart never goes back to an older version');
END;

-- What happened in a shop on a day.
CREATE TABLE shop_days (
    seller BLOB NOT NULL CHECK (length(seller) = 16),
    -- Counted from 1970.
    day INTEGER NOT NULL,
    views INTEGER NOT NULL DEFAULT 0 CHECK (views >= 0),
    clicks INTEGER NOT NULL DEFAULT 0 CHECK (clicks >= 0),
    cart_adds INTEGER NOT NULL DEFAULT 0 CHECK (cart_adds >= 0),
    favourites INTEGER NOT NULL DEFAULT 0 CHECK (favourites >= 0),
    orders INTEGER NOT NULL DEFAULT 0 CHECK (orders >= 0),
    sold INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
    PRIMARY KEY (seller, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE shop_revenue (
    seller BLOB NOT NULL CHECK (length(seller) = 16),
    day INTEGER NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    minor INTEGER NOT NULL CHECK (minor >= 0),
    PRIMARY KEY (seller, day, currency)
) STRICT, WITHOUT ROWID;

-- Which orders were counted as sales.
CREATE TABLE counted_sales (
    order_id BLOB NOT NULL PRIMARY KEY CHECK (length(order_id) = 16)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 7;
