//! A site with accounts: everything in memory, and mails read out of the tasks.

#![expect(clippy::unwrap_used, reason = "what tests have in common")]

use std::sync::{Arc, Mutex};

use crate::account::{Account, AccountLetter, ChallengeKey, Hidden, Letter, MAIL_KIND, Purpose};
use crate::id::{AccountId, ChallengeId};
use crate::mail::MAIL_TASKS;
use crate::memory::{MemoryObjects, MemoryRateLimiter, MemoryStore};
use crate::ports::{AccountCommit, AccountKey, AccountStore, Clock, Exchange, TaskClaim, TaskQueue};
use crate::service::accounts::tasks::Erase;
use crate::service::accounts::{
    ASK, AccountError, AccountPolicy, AccountPorts, Accounts, AskByMail, ERASE, EXPORT, Grant, LoggedIn,
    OrdersOfPerson, Origin, Registration, SecondStep,
};
use crate::task::{Json, QueueName, TaskOutcome, TaskSettlement, WorkerName};
use crate::testing::{FixedClock, GlassVault, PlainHasher, SequentialIds, TrustingProvider, block_on};
use crate::time::{HOUR, Timestamp};
use crate::worker::kinds::MARKETPLACE_TASKS;

pub(super) const PASSWORD: &str = "correct horse battery";

pub(super) struct Site {
    pub(super) accounts: Accounts,
    pub(super) clock: FixedClock,
    pub(super) hasher: PlainHasher,
    pub(super) store: MemoryStore,
    pub(super) key: ChallengeKey,
    /// Every letter that went out, the latest last.
    letters: Mutex<Vec<AccountLetter>>,
}

impl Site {
    pub(super) fn new() -> Self {
        let clock = FixedClock::at(Timestamp::from_secs(1_795_348_800));
        let (store, hasher) = (MemoryStore::new(), PlainHasher::default());
        let key = ChallengeKey::new(b"a secret of at least thirty-two bytes");
        let shared = Arc::new(store.clone());
        let ports = AccountPorts {
            store: shared.clone(),
            passwords: Arc::new(hasher.clone()),
            vault: Arc::new(GlassVault::default()),
            challenges: key.clone(),
            limiter: Arc::new(MemoryRateLimiter::new()),
            identities: vec![Arc::new(TrustingProvider)],
            personal: vec![Arc::new(OrdersOfPerson(shared.clone()))],
            exports: Some(Arc::new(MemoryObjects::new())),
            tasks: shared,
            clock: Arc::new(clock.clone()),
            ids: Arc::new(SequentialIds::new()),
        };
        let accounts = Accounts::new(ports, AccountPolicy::default());
        Self { accounts, clock, hasher, store, key, letters: Mutex::default() }
    }

    /// A node beside this one: the same stores, and nothing known.
    pub(super) fn other_node(&self) -> Accounts {
        Accounts::new(self.accounts.ports().clone(), self.accounts.policy().clone())
    }

    /// Somebody with a verified address, made as if somebody had registered long ago.
    pub(super) fn somebody(&self, name: &str) -> AccountId {
        self.somebody_who(name, |account| account.standing = crate::account::Standing::Active)
    }

    pub(super) fn somebody_who(&self, name: &str, is: impl FnOnce(&mut Account)) -> AccountId {
        let ports = self.accounts.ports();
        let (id, now) = (AccountId::from_uuid(ports.ids.next()), self.clock.now());
        let mut account = Account::new(id, email(name).parse().unwrap(), name.parse().unwrap(), now);
        account.password = Some(Hidden::new(format!("plain:{PASSWORD}")));
        is(&mut account);
        block_on(self.store.commit_account(AccountCommit::of(account, now))).unwrap();
        id
    }

    /// Somebody who is asked for a code by mail.
    pub(super) fn somebody_with_codes(&self, name: &str) -> AccountId {
        self.somebody_who(name, |account| {
            account.standing = crate::account::Standing::Active;
            account.second_factor.email = true;
        })
    }

    pub(super) fn account(&self, id: AccountId) -> Account {
        block_on(self.accounts.account(id)).unwrap()
    }

    pub(super) fn account_of(&self, name: &str) -> Option<Account> {
        block_on(self.store.account(&AccountKey::Email(email(name).parse().unwrap()))).unwrap()
    }

    pub(super) fn register(&self, name: &str) -> Result<super::super::Registered, AccountError> {
        block_on(self.accounts.register(registration(name), &here()))
    }

    pub(super) fn log_in(&self, name: &str, password: &str) -> Result<LoggedIn, AccountError> {
        block_on(self.accounts.log_in(&email(name), &Hidden::new(password), &here()))
    }

    #[track_caller]
    pub(super) fn granted(&self, name: &str) -> Grant {
        match self.log_in(name, PASSWORD).unwrap() {
            LoggedIn::Granted(grant) => *grant,
            LoggedIn::SecondFactor(step) => panic!("{step:?}"),
        }
    }

    #[track_caller]
    pub(super) fn second_step(&self, name: &str) -> SecondStep {
        match self.log_in(name, PASSWORD).unwrap() {
            LoggedIn::SecondFactor(step) => step,
            LoggedIn::Granted(grant) => panic!("{grant:?}"),
        }
    }

    pub(super) fn step(&self, challenge: ChallengeId, code: &str) -> Result<Grant, AccountError> {
        block_on(self.accounts.verify_second_factor(challenge, code, &here()))
    }

    pub(super) fn code(&self, purpose: Purpose, challenge: ChallengeId) -> String {
        self.key.code(purpose, challenge)
    }

    /// Whether the session opens anything here.
    pub(super) fn lives(&self, grant: &Grant) -> bool {
        block_on(self.accounts.session_of(grant.account.id, grant.session.id)).unwrap().is_some()
    }

    pub(super) fn ask_reset(&self, name: &str) {
        let ask = AskByMail::Reset { email: email(name).parse().unwrap() };
        block_on(self.accounts.ask_by_mail(&ask, &here())).unwrap();
    }

    /// Does what waits in the background, and gives the letters that went out meanwhile.
    pub(super) fn work(&self) -> Vec<AccountLetter> {
        let mut sent = Vec::new();
        let mut settle = Vec::new();
        loop {
            let now = self.clock.now();
            let claim = TaskClaim {
                worker: "tester".parse::<WorkerName>().unwrap(),
                queues: [MARKETPLACE_TASKS, MAIL_TASKS].map(QueueName::fixed).to_vec(),
                limit: 50,
                until: now + HOUR,
            };
            let exchange = Exchange { now, settle: std::mem::take(&mut settle), claim: Some(claim) };
            let claimed = block_on(self.store.exchange(exchange)).unwrap().claimed;
            if claimed.is_empty() {
                break;
            }
            for claimed in claimed {
                let args = &claimed.task.args;
                match claimed.task.kind.as_str() {
                    MAIL_KIND => sent.push(args.read::<AccountLetter>().unwrap()),
                    ASK => block_on(self.accounts.answer_by_mail(&args.read().unwrap())).unwrap(),
                    EXPORT => block_on(self.accounts.export_and_drop(args.read().unwrap())).unwrap(),
                    ERASE => {
                        let Erase { account } = args.read().unwrap();
                        block_on(self.accounts.erase(account)).unwrap();
                    }
                    _ => block_on(self.accounts.drop_export(args.read().unwrap())).unwrap(),
                }
                settle.push(TaskSettlement {
                    ticket: claimed.ticket,
                    outcome: TaskOutcome::Success { result: Json::null() },
                });
            }
        }
        self.letters.lock().unwrap().extend(sent.iter().cloned());
        sent
    }

    /// The challenge of the only letter that waits.
    #[track_caller]
    pub(super) fn mailed_challenge(&self) -> ChallengeId {
        match &self.work()[..] {
            [AccountLetter { letter: Letter::Challenge { challenge }, .. }] => *challenge,
            others => panic!("{others:?}"),
        }
    }
}

pub(super) fn here() -> Origin {
    from("192.0.2.1")
}

pub(super) fn from(address: &str) -> Origin {
    Origin { address: Some(address.to_owned()), client: "a test".to_owned() }
}

pub(super) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

pub(super) fn registration(name: &str) -> Registration {
    Registration {
        username: name.to_owned(),
        email: email(name),
        first_name: "Ada".to_owned(),
        last_name: "Lovelace".to_owned(),
        password: Hidden::new(PASSWORD),
    }
}
