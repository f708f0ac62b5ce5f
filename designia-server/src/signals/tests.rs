//! The calls as one node makes and hears them, over nodes made for the purpose.

use std::sync::Mutex;

use super::*;

/// Notes what is told, and when; whoever listens hears what is in the channel.
#[derive(Debug, Default)]
struct Noted {
    told: Mutex<Vec<(Vec<Topic>, tokio::time::Instant)>>,
    listened: AtomicBool,
}

struct Deaf;

#[async_trait]
impl Signals for Noted {
    async fn tell(&self, topics: &[Topic]) -> Result<(), StoreError> {
        self.told.lock().unwrap().push((topics.to_vec(), tokio::time::Instant::now()));
        Ok(())
    }

    async fn listen(&self) -> Result<Box<dyn Ear>, StoreError> {
        // Nobody is there the first time.
        if self.listened.swap(true, Ordering::Relaxed) { Ok(Box::new(Deaf)) } else { Err(lost()) }
    }
}

#[async_trait]
impl Ear for Deaf {
    async fn next(&mut self) -> Result<Topic, StoreError> {
        std::future::pending().await
    }
}

fn lost() -> StoreError {
    StoreError::unavailable("the connection is lost")
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_at_once_are_one_and_the_next_waits_its_turn() {
    let (noted, outbox) = (Arc::new(Noted::default()), Outbox::default());
    let telling = tokio::spawn(telling(noted.clone(), outbox.clone()));
    for _ in 0..500 {
        outbox.put(Topic::Inbox);
        outbox.put(Topic::Effects);
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    outbox.put(Topic::Inbox);
    tokio::time::sleep(Duration::from_secs(1)).await;
    telling.abort();
    let told = noted.told.lock().unwrap();
    let topics: Vec<&[Topic]> = told.iter().map(|(topics, _)| topics.as_slice()).collect();
    assert_eq!(topics, [&[Topic::Effects, Topic::Inbox][..], &[Topic::Inbox]]);
    assert!(told[1].1 - told[0].1 >= PACE);
}

#[tokio::test(start_paused = true)]
async fn who_hears_again_after_a_while_looks_for_what_was_missed() {
    let wake = Wake::default();
    let listening = tokio::spawn(listening(Arc::new(Noted::default()), wake.clone()));
    wake.heard(Topic::Inbox).await;
    wake.heard(Topic::Effects).await;
    listening.abort();
}

#[tokio::test]
async fn only_a_node_that_leaves_the_work_to_others_calls_them() {
    let (here, elsewhere) = (Outbox::default(), Outbox::default());
    Wake::of(true, here.clone()).inbox();
    Wake::of(false, elsewhere.clone()).inbox();
    assert_eq!(elsewhere.take().await, [Topic::Inbox]);
    assert!(!here.0.inbox.load(Ordering::Relaxed));
    Wake::of(true, here.clone()).for_help(Topic::Effects);
    assert_eq!(here.take().await, [Topic::Effects]);
}
