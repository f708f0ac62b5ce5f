//! Exchange rates. Days are counted since 1970 on the way.

super::statements! {
    /// Of two batches of one day, publisher and base, the one fetched later stays.
    SAVE = "
        INSERT INTO designia.rate_batches AS old (publisher, bundled, base, as_of, fetched_at, body)
        SELECT publisher, bundled, base, date '1970-01-01' + day, fetched_at, body::json
        FROM unnest($1::text[], $2::boolean[], $3::text[], $4::integer[], $5::timestamptz[], $6::text[])
            AS new (publisher, bundled, base, day, fetched_at, body)
        ORDER BY publisher, bundled, base, day
        ON CONFLICT (publisher, bundled, base, as_of) DO UPDATE SET fetched_at = excluded.fetched_at, body = excluded.body
        WHERE excluded.fetched_at > old.fetched_at";

    LATEST = "
        SELECT as_of - date '1970-01-01', body FROM designia.rate_batches ORDER BY as_of DESC, fetched_at DESC LIMIT 1";

    ON = "
        SELECT as_of - date '1970-01-01', body FROM designia.rate_batches
        WHERE as_of <= date '1970-01-01' + $1::integer ORDER BY as_of DESC, fetched_at DESC LIMIT 1";

    /// Newest first, in which order the index tells the batch of each day that counts first.
    RANGE = "
        SELECT DISTINCT ON (as_of) as_of - date '1970-01-01', body FROM designia.rate_batches
        WHERE as_of BETWEEN date '1970-01-01' + $1::integer AND date '1970-01-01' + $2::integer
        ORDER BY as_of DESC, fetched_at DESC";

    /// What is beyond the last so many before it is removed along with it.
    NOTE_REFUSAL = "
        WITH old AS (
            DELETE FROM designia.rate_refusals
            WHERE at < (SELECT at FROM designia.rate_refusals ORDER BY at DESC, source DESC OFFSET $4 LIMIT 1)
        )
        INSERT INTO designia.rate_refusals (at, source, reason) VALUES ($1, $2, $3) ON CONFLICT (at, source) DO NOTHING";

    REFUSALS = "SELECT at, source, reason FROM designia.rate_refusals ORDER BY at DESC, source DESC LIMIT $1";
}
