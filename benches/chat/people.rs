//! Accounts with tokens, and conversations between them, made without waiting for slow hashes.

use std::path::Path;

use designia_core::account::{Account, Session, Standing};
use designia_core::chat::{Pair as Two, Subject};
use designia_core::id::{AccountId, ConversationId, SessionId};
use designia_core::ports::AccountCommit;
use designia_core::service::accounts::Grant;
use designia_core::time::DAY;
use designia_server::cli::parse;
use designia_server::config::{EnvFile, Environment};
use designia_server::instance::Instance;
use designia_stripe_sandbox::SandboxClock;

/// A conversation, and the tokens of the two.
pub(crate) struct Pair {
    pub(crate) thread: String,
    pub(crate) tokens: [String; 2],
}

pub(crate) async fn settle(database: &str, directory: &Path, count: usize) -> Vec<Pair> {
    let args = super::process::arguments(database, directory);
    let args = [vec!["designia-server".to_owned()], args].concat();
    let config = parse(args.iter().map(Into::into).collect(), &Environment::default(), &EnvFile::default()).unwrap().1;
    let instance = Instance::prepare(&config, SandboxClock::real()).await.unwrap();
    let accounts = instance.accounts.ports().clone();
    let now = accounts.clock.now();
    let person = async |name: String| {
        let id = AccountId::from_uuid(accounts.ids.next());
        let account = Account {
            standing: Standing::Active,
            ..Account::new(id, format!("{name}@example.com").parse().unwrap(), name.parse().unwrap(), now)
        };
        let session = Session::open(SessionId::from_uuid(accounts.ids.next()), id, now, DAY);
        let mut commit = AccountCommit::of(account, now);
        commit.opens = Some(session.clone());
        let account = commit.account.clone();
        accounts.store.commit_account(commit).await.unwrap();
        let issued = instance.tokens.issue(&Grant { account, session }).unwrap();
        (id, issued.access.expose().to_owned())
    };
    let mut pairs = Vec::new();
    for number in 0..count {
        let (one, other) = (person(format!("one{number}")).await, person(format!("other{number}")).await);
        let id = ConversationId::from_uuid(accounts.ids.next());
        let two = Two::of(one.0, other.0).unwrap();
        instance.chat.chat().ports().store.open(id, two, Subject::General, now).await.unwrap();
        pairs.push(Pair { thread: id.to_string(), tokens: [one.1, other.1] });
    }
    pairs
}
