//! What every [`IdGenerator`] must do.

use std::collections::HashSet;

use uuid::Uuid;

use crate::ports::IdGenerator;

/// Not in a row.
pub fn no_id_is_made_twice(ids: &dyn IdGenerator) {
    let made: HashSet<Uuid> = (0..10_000).map(|_| ids.next()).collect();
    assert_eq!(made.len(), 10_000);
}

/// Nor at once.
pub fn no_id_is_made_twice_by_several_threads(ids: &dyn IdGenerator) {
    let some = || (0..1_000).map(|_| ids.next()).collect::<Vec<Uuid>>();
    let made: HashSet<Uuid> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("making ids doesn't panic")).collect()
    });
    assert_eq!(made.len(), 8_000);
}

/// The id of nothing is no id.
pub fn an_id_is_not_nil(ids: &dyn IdGenerator) {
    assert!((0..100).all(|_| !ids.next().is_nil()));
}

/// Runs the suite of [`IdGenerator`](crate::ports::IdGenerator). `fresh` is a function that makes a generator.
#[macro_export]
macro_rules! id_generator_conformance {
    (fresh = $fresh:expr $(,)?) => {
        $crate::__conformance_checks! { { $fresh } id_generator {
            no_id_is_made_twice,
            no_id_is_made_twice_by_several_threads,
            an_id_is_not_nil,
        } }
    };
}
