//! Reviews, favourites, carts, and what sellers see of it all.

super::statements! {
    RATE = "
        UPDATE products SET rating_sum = rating_sum + ?2, review_count = review_count + ?3 WHERE id = ?1";

    ADD_REVIEW = "
        INSERT INTO reviews (id, product, reviewer, rating, title, comment, verified, created_at, updated_at)
        VALUES ((SELECT ifnull(max(id), 0) + 1 FROM reviews), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING id";

    REVIEW = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE id = ?1";

    REVIEW_OF = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?1 AND reviewer = ?2 AND removed_at IS NULL";

    NEWEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?4 AND removed_at IS NULL AND (created_at, id) < (?2, ?3)
        ORDER BY created_at DESC, id DESC LIMIT ?1";

    OLDEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?4 AND removed_at IS NULL AND (created_at, id) > (?2, ?3)
        ORDER BY created_at, id LIMIT ?1";

    BEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?4 AND removed_at IS NULL AND (rating, id) < (?2, ?3)
        ORDER BY rating DESC, id DESC LIMIT ?1";

    WORST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?4 AND removed_at IS NULL AND (rating, id) > (?2, ?3)
        ORDER BY rating, id LIMIT ?1";

    HELPFUL_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE product = ?4 AND removed_at IS NULL AND (helpful, id) < (?2, ?3)
        ORDER BY helpful DESC, id DESC LIMIT ?1";

    REVIEWS_BY = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM reviews WHERE reviewer = ?4 AND removed_at IS NULL AND (created_at, id) < (?2, ?3)
        ORDER BY created_at DESC, id DESC LIMIT ?1";

    CHANGE_REVIEW = "
        UPDATE reviews SET rating = ?2, title = ?3, comment = ?4, updated_at = ?5, version = version + 1 WHERE id = ?1";

    REMOVE_REVIEW = "UPDATE reviews SET removed_at = ?2 WHERE id = ?1";

    VOTE = "INSERT INTO review_votes (review, voter) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

    UNVOTE = "DELETE FROM review_votes WHERE review = ?1 AND voter = ?2";

    HELP = "UPDATE reviews SET helpful = helpful + ?2 WHERE id = ?1 RETURNING helpful";

    VOTED_AMONG = "
        SELECT review FROM review_votes WHERE voter = ?1 AND review IN (SELECT value FROM json_each(?2))";

    SELLER_OF = "SELECT seller FROM products WHERE id = ?1";

    LIKE = "INSERT INTO favourites (account, product, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

    UNLIKE = "DELETE FROM favourites WHERE account = ?1 AND product = ?2";

    LIKED = "UPDATE products SET favourites = favourites + ?2 WHERE id = ?1";

    FAVOURITES = "
        SELECT product, created_at FROM favourites
        WHERE account = ?4 AND (created_at, product) < (?2, ?3) ORDER BY created_at DESC, product DESC LIMIT ?1";

    FAVOURITES_AMONG = "
        SELECT product FROM favourites
        WHERE account = ?1 AND product IN (SELECT unhex(value) FROM json_each(?2))";

    UNLIKED_ALL = "
        UPDATE products SET favourites = favourites - 1
        WHERE id IN (SELECT product FROM favourites WHERE account = ?1)";

    UNLIKE_ALL = "DELETE FROM favourites WHERE account = ?1";

    CART = "SELECT version, updated_at, lines FROM carts WHERE account = ?1";

    FIRST_CART = "
        INSERT INTO carts (account, version, updated_at, lines) VALUES (?1, 1, ?2, ?3) ON CONFLICT DO NOTHING";

    SAVE_CART = "
        UPDATE carts SET version = version + 1, updated_at = ?2, lines = ?3 WHERE account = ?1 AND version = ?4";

    FORGET_CART = "DELETE FROM carts WHERE account = ?1";

    COUNT_DAY = "
        INSERT INTO shop_days (seller, day, views, clicks, cart_adds, favourites, orders, sold)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (seller, day) DO UPDATE SET
            views = views + excluded.views, clicks = clicks + excluded.clicks, cart_adds = cart_adds + excluded.cart_adds,
            favourites = favourites + excluded.favourites, orders = orders + excluded.orders, sold = sold + excluded.sold";

    COUNT_LOOKS = "UPDATE product_texts SET views = views + ?2, clicks = clicks + ?3 WHERE product = ?1";

    COUNT_SALE = "INSERT INTO counted_sales (order_id) VALUES (?1) ON CONFLICT DO NOTHING";

    SELL = "UPDATE products SET sold = sold + ?2 WHERE id = ?1";

    EARN = "
        INSERT INTO shop_revenue (seller, day, currency, minor) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (seller, day, currency) DO UPDATE SET minor = minor + excluded.minor";

    TOTALS_OF = "
        SELECT ifnull(sum(views), 0), ifnull(sum(clicks), 0), ifnull(sum(cart_adds), 0), ifnull(sum(favourites), 0),
            ifnull(sum(orders), 0), ifnull(sum(sold), 0)
        FROM shop_days WHERE seller = ?1 AND day BETWEEN ?2 AND ?3";

    REVENUE_OF = "
        SELECT currency, sum(minor) FROM shop_revenue
        WHERE seller = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY currency ORDER BY currency";

    PRODUCTS_OF = "SELECT products, active_products FROM shops WHERE seller = ?1";

    BEST_SELLERS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at
        FROM products AS p WHERE p.seller = ?2 ORDER BY p.sold DESC, p.id DESC LIMIT ?1";

    ORDERS_BY_STATUS = "
        SELECT own.value, (
            SELECT count(*) FROM (
                SELECT 1 FROM order_sellers WHERE seller = ?1 AND status = own.value LIMIT 1000
            )
        ) FROM json_each(?2) AS own";
}
