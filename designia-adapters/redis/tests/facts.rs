//! What a real server says of itself.

mod support;

use support::block_on;

#[test]
fn a_server_tells_its_version_and_how_much_memory_it_uses() {
    let Some((connection, _namespace)) = support::fresh() else { return };
    let facts = block_on(connection.facts()).expect("the server answers");
    assert!(facts.version.is_some_and(|version| version.contains('.')));
    assert!(facts.memory_bytes.is_some_and(|bytes| bytes > 100_000) && facts.peak_bytes >= facts.memory_bytes);
    assert!(facts.connections.is_some_and(|count| count > 0), "ours, for one");
}
