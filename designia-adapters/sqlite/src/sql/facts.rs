//! What the file says of itself. Nothing of it walks through a table of ours, but [`SIZES`], which is asked of small files only.

super::statements! {
    FILE = "
        SELECT sqlite_version(), page_count, page_size, freelist_count
        FROM pragma_page_count, pragma_page_size, pragma_freelist_count";

    /// Tables and indexes; those that SQLite makes by itself for keys are among them, and its own tables are not.
    OBJECTS = "
        SELECT type = 'table', name, tbl_name FROM sqlite_schema
        WHERE type = 'index' OR (type = 'table' AND name NOT GLOB 'sqlite_*') ORDER BY name";

    /// How much each table and index takes: reads every page of the file.
    SIZES = "SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE";
}
