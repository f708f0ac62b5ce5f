-- Small facts that the host keeps beside its orders, such as "the demo shop has been filled".

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 4;
