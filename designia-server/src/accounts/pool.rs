//! Argon2id, a few at a time.
//!
//! A hash takes tens of milliseconds of a core and 19 MiB of memory on purpose. So log-ins have some cores at most, never all, and
//! a queue with an end: who comes when it is full is told to come again, and everything else goes on being served.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use async_trait::async_trait;
use designia_core::account::Hidden;
use designia_core::ports::{HashError, PasswordHasher, Verdict};
use tokio::sync::Semaphore;

use crate::edge;

/// When somebody who finds the queue full may come again.
const COME_AGAIN: Duration = Duration::from_secs(2);

/// How much the pool takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// So many hashes at once.
    pub at_once: usize,
    /// So many more may wait.
    pub waiting: usize,
}

impl Default for PoolLimits {
    /// Half of the cores, at least one; and so many waiting that the last of them is served within a second or two.
    fn default() -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2);
        Self { at_once, waiting: at_once * 32 }
    }
}

/// Hashes passwords with Argon2id, with the parameters that OWASP recommends: 19 MiB, two passes, one lane. Clones share the pool.
#[derive(Clone)]
pub struct PasswordPool {
    argon2: Argon2<'static>,
    /// What is verified where there is no hash: as much work, and no password fits.
    nobody: Arc<str>,
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    limits: PoolLimits,
}

/// A place in the queue, given back however the waiting ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl PasswordPool {
    /// A pool of this size.
    #[must_use]
    pub fn new(limits: PoolLimits) -> Self {
        Self::with(Params::DEFAULT, limits)
    }

    /// The same with other parameters; what was hashed under others is verified under those, and is stale.
    #[must_use]
    pub fn with(params: Params, limits: PoolLimits) -> Self {
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        let nobody = format!("$argon2id$v=19$m={m},t={t},p={p}$bm9ib2R5J3Mgc2FsdA${}", "A".repeat(43));
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            nobody: nobody.into(),
            running: Arc::new(Semaphore::new(limits.at_once.max(1))),
            waiting: Arc::default(),
            limits,
        }
    }

    /// How many wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Does the work on a thread of its own, when there is room for it.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
        let waiting = self.waiting.fetch_add(1, Ordering::AcqRel);
        let place = Place(Arc::clone(&self.waiting));
        // Those that find room at once don't wait, and are counted only until they have it.
        if waiting >= self.limits.waiting + self.running.available_permits() {
            return Err(HashError::Overloaded { retry_after: COME_AGAIN });
        }
        let failed = |error: &dyn fmt::Display| HashError::Failed(error.to_string());
        let room = Arc::clone(&self.running).acquire_owned().await.map_err(|error| failed(&error))?;
        drop(place);
        let work = move || {
            // Held to the end of the work, also when whoever asked has gone.
            let _room = room;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
    }

    fn is_stale(&self, hash: &PasswordHash) -> bool {
        let ours = self.argon2.params();
        Params::try_from(hash).map_or(true, |params| {
            hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
                || (params.m_cost(), params.t_cost(), params.p_cost()) != (ours.m_cost(), ours.t_cost(), ours.p_cost())
        })
    }

    /// Whether it fits, and whether it is stale. A hash that is none fits nothing, for the same work.
    fn compare(&self, password: &str, hash: Option<&str>) -> Verdict {
        let stored = hash.and_then(|hash| PasswordHash::new(hash).ok());
        let nobody = || PasswordHash::new(&self.nobody).ok();
        let (hash, is_somebody) = match stored {
            Some(hash) => (Some(hash), true),
            None => (nobody(), false),
        };
        let fits = hash.as_ref().is_some_and(|hash| self.argon2.verify_password(password.as_bytes(), hash).is_ok());
        match hash {
            Some(hash) if fits && is_somebody && self.is_stale(&hash) => Verdict::RightButStale,
            Some(_) if fits && is_somebody => Verdict::Right,
            _ => Verdict::Wrong,
        }
    }
}

#[async_trait]
impl PasswordHasher for PasswordPool {
    async fn hash(&self, password: &Hidden) -> Result<Hidden, HashError> {
        let salt = edge::random_bytes::<16>().map_err(|error| HashError::Failed(error.to_string()))?;
        let (pool, password) = (self.clone(), password.clone());
        let hashed = self.run(move || pool.argon2.hash_password_with_salt(password.expose().as_bytes(), &salt));
        let hashed = hashed.await?.map_err(|error| HashError::Failed(error.to_string()))?;
        Ok(Hidden::new(hashed.to_string()))
    }

    async fn verify(&self, password: &Hidden, hash: Option<&Hidden>) -> Result<Verdict, HashError> {
        let (pool, password, hash) = (self.clone(), password.clone(), hash.cloned());
        self.run(move || pool.compare(password.expose(), hash.as_ref().map(Hidden::expose))).await
    }
}

impl fmt::Debug for PasswordPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordPool")
            .field("limits", &self.limits)
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::edge::Stopwatch;

    fn cheap() -> Params {
        Params::new(64, 1, 1, None).unwrap()
    }

    fn hidden(text: &str) -> Hidden {
        Hidden::new(text)
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let pool = PasswordPool::new(PoolLimits::default());
        let hash = pool.hash(&hidden("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert_ne!(pool.hash(&hidden("correct horse")).await.unwrap(), hash, "each has its own salt");
        assert_eq!(pool.verify(&hidden("correct horse"), Some(&hash)).await, Ok(Verdict::Right));
        for (password, hash) in [
            ("Correct horse", Some(&hash)),
            ("", Some(&hash)),
            ("correct horse", None),
            ("", None),
            ("x", Some(&hidden("x"))),
            ("", Some(&hidden(""))),
        ] {
            assert_eq!(pool.verify(&hidden(password), hash).await, Ok(Verdict::Wrong), "{password} {hash:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_under_other_parameters_fits_and_is_to_be_made_anew() {
        let (old, new) = (PasswordPool::with(cheap(), PoolLimits::default()), PasswordPool::new(PoolLimits::default()));
        let hash = old.hash(&hidden("correct horse")).await.unwrap();
        assert_eq!(old.verify(&hidden("correct horse"), Some(&hash)).await, Ok(Verdict::Right));
        assert_eq!(new.verify(&hidden("correct horse"), Some(&hash)).await, Ok(Verdict::RightButStale));
        assert_eq!(new.verify(&hidden("wrong"), Some(&hash)).await, Ok(Verdict::Wrong));
    }

    /// The work for nobody is that of a wrong password: the fastest of a few runs of each lie within a factor of two, while a
    /// look that was not taken would be a thousand times faster.
    #[tokio::test]
    async fn it_takes_as_long_where_there_is_no_hash() {
        let pool = PasswordPool::new(PoolLimits::default());
        let hash = pool.hash(&hidden("correct horse")).await.unwrap();
        let mut fastest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (of, hash) in fastest.iter_mut().zip([Some(&hash), None]) {
                let watch = Stopwatch::start();
                assert_eq!(pool.verify(&hidden("wrong"), hash).await, Ok(Verdict::Wrong));
                *of = watch.elapsed().min(*of);
            }
        }
        let [somebody, nobody] = fastest;
        assert!(nobody < somebody * 2 && somebody < nobody * 2, "{somebody:?} {nobody:?}");
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_sent_away_at_once() {
        let pool = PasswordPool::with(cheap(), PoolLimits { at_once: 1, waiting: 2 });
        let (release, released) = mpsc::channel::<()>();
        let (begun, running) = tokio::sync::oneshot::channel();
        let blocked = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move || {
                    let _ = begun.send(());
                    let _ = released.recv();
                })
                .await
            }
        });
        running.await.unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.hash(&hidden("correct horse")).await })
            })
            .collect();
        while pool.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        let refused = pool.verify(&hidden("correct horse"), None).await;
        assert_eq!(refused, Err(HashError::Overloaded { retry_after: COME_AGAIN }));
        // One that gives up leaves its place to another.
        waiting[0].abort();
        while pool.waiting() > 1 {
            tokio::task::yield_now().await;
        }
        release.send(()).unwrap();
        assert_eq!(pool.verify(&hidden("correct horse"), None).await, Ok(Verdict::Wrong));
        blocked.await.unwrap().unwrap();
    }
}
