//! Wake-up calls over PostgreSQL's notifications.

use async_trait::async_trait;
use designia_core::ports::StoreError;
use designia_postgres::{Listener, PostgresStore};

use crate::signals::{Ear, Signals, Topic};

/// The nodes of one PostgreSQL database.
#[derive(Debug)]
pub(super) struct PostgresSignals(pub(super) PostgresStore);

#[async_trait]
impl Signals for PostgresSignals {
    async fn tell(&self, topics: &[Topic]) -> Result<(), StoreError> {
        let topics: Vec<designia_postgres::Topic> = topics.iter().map(|topic| theirs(*topic)).collect();
        self.0.notify(&topics).await
    }

    async fn listen(&self) -> Result<Box<dyn Ear>, StoreError> {
        Ok(Box::new(PostgresEar(self.0.listen().await?)))
    }
}

struct PostgresEar(Listener);

#[async_trait]
impl Ear for PostgresEar {
    async fn next(&mut self) -> Result<Topic, StoreError> {
        loop {
            match self.0.next().await? {
                designia_postgres::Topic::Effects => return Ok(Topic::Effects),
                designia_postgres::Topic::Inbox => return Ok(Topic::Inbox),
                designia_postgres::Topic::Tasks => return Ok(Topic::Tasks),
                // A topic of a later release is nothing that this one can do.
                _ => {}
            }
        }
    }
}

const fn theirs(topic: Topic) -> designia_postgres::Topic {
    match topic {
        Topic::Effects => designia_postgres::Topic::Effects,
        Topic::Inbox => designia_postgres::Topic::Inbox,
        Topic::Tasks => designia_postgres::Topic::Tasks,
    }
}
