//! Exchange rates.

super::statements! {
    /// Of two batches of one day, publisher and base, the one fetched later stays.
    SAVE = "
        INSERT INTO rate_batches (publisher, bundled, base, as_of, fetched_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (publisher, bundled, base, as_of) DO UPDATE SET fetched_at = excluded.fetched_at, body = excluded.body
        WHERE excluded.fetched_at > rate_batches.fetched_at";

    LATEST = "SELECT as_of, body FROM rate_batches ORDER BY as_of DESC, fetched_at DESC LIMIT 1";

    ON = "SELECT as_of, body FROM rate_batches WHERE as_of <= ?1 ORDER BY as_of DESC, fetched_at DESC LIMIT 1";

    /// Every batch of each day, the one that counts first.
    RANGE = "SELECT as_of, body FROM rate_batches WHERE as_of BETWEEN ?1 AND ?2 ORDER BY as_of DESC, fetched_at DESC";

    NOTE_REFUSAL = "
        INSERT INTO rate_refusals (at, source, reason) VALUES (?1, ?2, ?3) ON CONFLICT (at, source) DO NOTHING";

    /// Those before the last so many.
    FORGET_REFUSALS = "
        DELETE FROM rate_refusals
        WHERE at < (SELECT at FROM rate_refusals WHERE at <= ?1 ORDER BY at DESC, source DESC LIMIT 1 OFFSET ?2)";

    REFUSALS = "SELECT at, source, reason FROM rate_refusals WHERE at <= ?1 ORDER BY at DESC, source DESC LIMIT ?2";
}
