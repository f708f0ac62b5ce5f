//! Connecting: what is accepted, what is refused, and in which words; and what a real cluster node says to our keys.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod support;

use std::fs;
use std::path::PathBuf;

use designia_core::ports::{StoreErrorKind, TaskQueue};
use designia_core::testing::fixtures::task;
use designia_redis::{Config, HealthLevel, OpenError, RedisConnection, RedisQueue};
use designia_services::{Persistence, PrivateRedis, private_redis_or_skip};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// An authority, and what it says of 127.0.0.1: its own certificate, and the server's with its key, all in PEM.
fn certificates() -> (String, String, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &authority).unwrap();
    (authority.pem(), certificate.pem(), key.serialize_pem())
}

/// A file that goes away.
struct File(PathBuf);

impl File {
    fn with(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("designia-redis-test-{}-{name}.pem", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

async fn refusal(url: &str) -> OpenError {
    RedisConnection::connect(&url.parse().unwrap()).await.expect_err("the server is refused")
}

#[tokio::test]
async fn a_server_that_speaks_tls_is_trusted_if_the_authority_is() {
    let (authority, certificate, key) = certificates();
    let Some(server) = PrivateRedis::builder().tls(&certificate, &key).launch_or_skip() else { return };
    let ours = File::with("ours", &authority);
    let url = server.url();
    let queue = RedisQueue::connect(&format!("{url}?ca={}", ours.0.display()).parse().unwrap()).await.unwrap();
    queue.enqueue(&[task(1)]).await.unwrap();

    let strangers = File::with("strangers", &certificates().0);
    for url in [format!("{url}?ca={}", strangers.0.display()), url.clone()] {
        let refused = refusal(&url).await;
        assert!(matches!(refused, OpenError::Tls { .. }), "{refused:?}");
        assert!(!refused.is_temporary() && !refused.to_string().contains(server.password()));
    }
    let refused = refusal(&format!("{url}?ca=/nowhere/ca.pem")).await;
    assert!(refused.to_string().contains("cannot read /nowhere/ca.pem"), "{refused}");
    let plain = refusal(&url.replace("rediss://", "redis://")).await;
    assert!(plain.is_temporary(), "a server that is cut off says nothing of why: {plain:?}");
}

#[tokio::test]
async fn a_wrong_password_is_refused_without_being_shown() {
    let Some(server) = private_redis_or_skip() else { return };
    for (url, user) in [
        (server.url().replace("redis://:", "redis://:wrong"), "default"),
        (server.url().replace("redis://:", "redis://somebody:wrong"), "somebody"),
        (server.url().replace(&format!(":{}@", server.password()), ""), "default"),
    ] {
        let refused = refusal(&url).await;
        assert!(matches!(&refused, OpenError::Login { user: told, .. } if told == user), "{refused:?}");
        assert!(!refused.is_temporary() && !format!("{refused} {refused:?}").contains("wrong"), "{refused:?}");
        let later = RedisConnection::lazy(&url.parse().unwrap()).ping().await.unwrap_err();
        assert_eq!(later.kind, StoreErrorKind::Unavailable, "somebody may mend it: {later}");
    }
}

#[tokio::test]
async fn nobody_there_is_temporary() {
    let Some(server) = private_redis_or_skip() else { return };
    server.stop().unwrap();
    let refused = refusal(&server.url()).await;
    assert!(matches!(refused, OpenError::Unreachable { .. }) && refused.is_temporary(), "{refused:?}");
}

#[tokio::test]
async fn what_an_operator_should_know_is_found_on_a_real_server() {
    let durable = PrivateRedis::builder().persistence(Persistence::Always).setting("maxmemory", "100mb");
    let cache = PrivateRedis::builder().setting("maxmemory", "100mb").setting("maxmemory-policy", "allkeys-lru");
    for (server, wrong) in [(durable, 0), (cache, 2)] {
        let Some(server) = server.launch_or_skip() else { return };
        let findings = support::queue_on(&server).health().await.unwrap();
        let found = findings.iter().filter(|finding| finding.level == HealthLevel::Wrong).count();
        assert_eq!(found, wrong, "{findings:?}");
    }
}

#[tokio::test]
async fn a_server_without_room_takes_no_task_and_half_of_none() {
    let Some(server) = PrivateRedis::builder().setting("maxmemory", "100kb").launch_or_skip() else { return };
    let queue = support::queue_on(&server);
    let refused = queue.enqueue(&[task(1)]).await.unwrap_err();
    assert_eq!(refused.kind, StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("raise maxmemory"), "{refused}");
    let other = redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await;
    assert_eq!(redis::cmd("DBSIZE").query_async::<u32>(&mut other.unwrap()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_namespace_sees_its_own_keys_alone() {
    let Some(server) = private_redis_or_skip() else { return };
    let config: Config = server.url().parse().unwrap();
    let one = RedisQueue::connect(&config).await.unwrap();
    let other = RedisQueue::connect(&config.with_namespace("other").unwrap()).await.unwrap();
    one.enqueue(&[task(1)]).await.unwrap();
    assert_eq!(other.enqueue(&[task(1)]).await.unwrap(), [designia_core::ports::Enqueued::New]);
}
