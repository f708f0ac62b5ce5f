//! Exchange rates.

super::statements! {
    /// Of two batches of one day, publisher and base, the one fetched later stays.
    SAVE = "
        INSERT INTO rate_batches (publisher, bundled, base, as_of, fetched_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (publisher, bundled, base, as_of) DO UPDATE SET fetched_at = excluded.fetched_at, body = excluded.body
        WHERE excluded.fetched_at > rate_batches.fetched_at";

    LATEST = "SELECT as_of, body FROM rate_batches ORDER BY as_of DESC, fetched_at DESC LIMIT 1";

    ON = "SELECT as_of, body FROM rate_batches WHERE as_of <= ?1 ORDER BY as_of DESC, fetched_at DESC LIMIT 1";
}
