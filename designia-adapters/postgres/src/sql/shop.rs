//! Reviews, favourites, carts, and what sellers see of it all.

super::statements! {
    LOCK_PRODUCT = "SELECT seller FROM designia.products WHERE id = $1 FOR NO KEY UPDATE";

    RATE = "
        UPDATE designia.products SET rating_sum = rating_sum + $2, review_count = review_count + $3
        WHERE id = $1";

    ADD_REVIEW = "
        INSERT INTO designia.reviews (product, reviewer, rating, title, comment, verified, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING
        RETURNING id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at";

    REVIEW = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE id = $1";

    LOCK_REVIEW = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE";

    REVIEW_OF = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $1 AND reviewer = $2 AND removed_at IS NULL";

    NEWEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $4 AND removed_at IS NULL AND (created_at, id) < ($2::timestamptz, $3)
        ORDER BY created_at DESC, id DESC LIMIT $1";

    OLDEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $4 AND removed_at IS NULL AND (created_at, id) > ($2::timestamptz, $3)
        ORDER BY created_at, id LIMIT $1";

    BEST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $4 AND removed_at IS NULL AND (rating, id) < ($2::smallint, $3)
        ORDER BY rating DESC, id DESC LIMIT $1";

    WORST_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $4 AND removed_at IS NULL AND (rating, id) > ($2::smallint, $3)
        ORDER BY rating, id LIMIT $1";

    HELPFUL_REVIEWS = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE product = $4 AND removed_at IS NULL AND (helpful, id) < ($2::bigint, $3)
        ORDER BY helpful DESC, id DESC LIMIT $1";

    REVIEWS_BY = "
        SELECT id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at
        FROM designia.reviews WHERE reviewer = $4 AND removed_at IS NULL AND (created_at, id) < ($2::timestamptz, $3)
        ORDER BY created_at DESC, id DESC LIMIT $1";

    CHANGE_REVIEW = "
        UPDATE designia.reviews SET rating = $2, title = $3, comment = $4, updated_at = $5, version = version + 1
        WHERE id = $1
        RETURNING id, product, reviewer, rating, title, comment, verified, helpful, version, created_at, updated_at, removed_at";

    REMOVE_REVIEW = "UPDATE designia.reviews SET removed_at = $2 WHERE id = $1";

    VOTE = "
        INSERT INTO designia.review_votes (review, voter) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true";

    UNVOTE = "DELETE FROM designia.review_votes WHERE review = $1 AND voter = $2 RETURNING true";

    HELP = "UPDATE designia.reviews SET helpful = helpful + $2 WHERE id = $1";

    VOTED_AMONG = "SELECT review FROM designia.review_votes WHERE voter = $1 AND review = ANY ($2)";

    LIKE = "
        INSERT INTO designia.favourites (account, product, created_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING true";

    UNLIKE = "DELETE FROM designia.favourites WHERE account = $1 AND product = $2 RETURNING true";

    LIKED = "UPDATE designia.products SET favourites = favourites + $2 WHERE id = $1";

    LIKED_ON = "
        INSERT INTO designia.shop_days AS total (seller, day, favourites) VALUES ($1, $2, 1)
        ON CONFLICT (seller, day) DO UPDATE SET favourites = total.favourites + 1";

    FAVOURITES = "
        SELECT product, created_at FROM designia.favourites
        WHERE account = $4 AND (created_at, product) < ($2, $3) ORDER BY created_at DESC, product DESC LIMIT $1";

    FAVOURITES_AMONG = "SELECT product FROM designia.favourites WHERE account = $1 AND product = ANY ($2)";

    LOCK_LIKED = "
        SELECT id FROM designia.products
        WHERE id = ANY (ARRAY(SELECT product FROM designia.favourites WHERE account = $1))
        ORDER BY id FOR NO KEY UPDATE";

    UNLIKE_THESE = "
        WITH gone AS (
            DELETE FROM designia.favourites WHERE account = $1 AND product = ANY ($2) RETURNING product
        )
        UPDATE designia.products SET favourites = favourites - 1 FROM gone WHERE id = gone.product";

    CART = "SELECT version, updated_at, lines FROM designia.carts WHERE account = $1";

    FIRST_CART = "
        INSERT INTO designia.carts (account, version, updated_at, lines) VALUES ($1, 1, $2, $3::json)
        ON CONFLICT DO NOTHING RETURNING true";

    SAVE_CART = "
        UPDATE designia.carts SET version = version + 1, updated_at = $2, lines = $3::json
        WHERE account = $1 AND version = $4 RETURNING true";

    FORGET_CART = "DELETE FROM designia.carts WHERE account = $1";

    NOTE_ACTIVITY = "SELECT designia.note_activity_1($1, $2, $3)";

    NOTE_SALE = "SELECT designia.note_sale_1($1, $2, $3, $4, $5, $6, $7)";

    TOTALS_OF = "
        SELECT coalesce(sum(views), 0)::bigint, coalesce(sum(clicks), 0)::bigint, coalesce(sum(cart_adds), 0)::bigint,
            coalesce(sum(favourites), 0)::bigint, coalesce(sum(orders), 0)::bigint, coalesce(sum(sold), 0)::bigint
        FROM designia.shop_days WHERE seller = $1 AND day BETWEEN $2 AND $3";

    REVENUE_OF = "
        SELECT currency, sum(minor)::bigint FROM designia.shop_revenue
        WHERE seller = $1 AND day BETWEEN $2 AND $3 GROUP BY currency ORDER BY currency";

    PRODUCTS_OF = "SELECT products, active_products FROM designia.shops WHERE seller = $1";

    BEST_SELLERS = "
        SELECT p.id, p.seller, p.slug, p.name, p.price_minor, p.currency, p.stock, p.active, p.shelf, p.rating_sum,
            p.review_count, p.favourites, p.sold, p.version, p.created_at
        FROM designia.products AS p WHERE p.seller = $2 ORDER BY p.sold DESC, p.id DESC LIMIT $1";

    ORDERS_BY_STATUS = "
        SELECT own, (
            SELECT count(*) FROM (
                SELECT 1 FROM designia.order_sellers WHERE seller = $1 AND status = own LIMIT 1000
            ) AS first
        ) FROM unnest($2::text[]) AS own";
}
