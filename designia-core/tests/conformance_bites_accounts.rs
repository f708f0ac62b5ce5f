//! The conformance suite of accounts bites: a store that breaks one sentence of the contract fails the case that is named for it.
#![cfg(feature = "testing")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use designia_core::account::{
    Account, AccountEvent, ApplicationState, Attempt, Challenge, Purpose, SellerApplication, Session,
};
use designia_core::id::{AccountId, ChallengeId, SessionId};
use designia_core::memory::MemoryStore;
use designia_core::ports::{
    AccountCommit, AccountCommitError, AccountFilter, AccountKey, AccountStore, ApplicationKey, EndSessions, Page,
    PageRequest, StoreError,
};
use designia_core::testing::conformance::AccountStores;
use designia_core::testing::conformance::account_store::{
    applications, challenges, commits, forgetting, lists, names, sessions,
};
use designia_core::testing::{block_on, fixtures};
use designia_core::time::Timestamp;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sabotage {
    SwallowsConflicts,
    MistakesWhatIsTaken,
    ComparesToTheLetter,
    AnswersTwice,
    TakesWildcards,
    IgnoresStandings,
    IgnoresStates,
    PagesByMoment,
    OpensBeforeItCommits,
    DropsTasks,
    DropsEvents,
    EndsNothing,
    EndsAll,
    MeetsAgain,
    MeetsLate,
    MeetsForOthers,
    KeepsChallengesOpen,
    RotatesBlindly,
    KeepsExpiredSessions,
    ListsBackwards,
    CountsAfterTheAnswer,
    ForgetsAMomentEarly,
    IgnoresLimits,
    SwallowsForgetting,
    ForgetsUnasked,
}

#[derive(Debug)]
struct Sabotaged {
    inner: MemoryStore,
    by: Sabotage,
}

impl Sabotaged {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.by == sabotage
    }

    /// The account of a commit as it is stored, or as the commit would have it.
    async fn shadow(&self, commit: &AccountCommit) -> Result<Account, StoreError> {
        let stored = self.inner.account(&AccountKey::Id(commit.account.id)).await?;
        Ok(stored.unwrap_or_else(|| Account { version: 0, ..commit.account.clone() }))
    }
}

#[async_trait]
impl AccountStore for Sabotaged {
    async fn account(&self, key: &AccountKey) -> Result<Option<Account>, StoreError> {
        let found = self.inner.account(key).await?;
        match key {
            AccountKey::Email(email) if self.is(Sabotage::ComparesToTheLetter) => {
                Ok(found.filter(|account| account.email == *email))
            }
            _ => Ok(found),
        }
    }

    async fn accounts(&self, ids: &[AccountId]) -> Result<Vec<Account>, StoreError> {
        let found = self.inner.accounts(ids).await?;
        Ok(if self.is(Sabotage::AnswersTwice) { [found.clone(), found].concat() } else { found })
    }

    async fn account_page(&self, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>, StoreError> {
        let mut filter = filter.clone();
        match self.by {
            Sabotage::TakesWildcards => {
                let start = filter.starts_with.take();
                filter.starts_with = start.map(|start| start.split(['%', '_']).next().unwrap_or_default().to_owned());
            }
            Sabotage::IgnoresStandings => filter.standing = None,
            _ => {}
        }
        let mut page = page;
        if self.is(Sabotage::PagesByMoment) {
            page.after.iter_mut().for_each(|after| after.id = AccountId::from_uuid(uuid::Uuid::nil()).to_string());
        }
        self.inner.account_page(&filter, page).await
    }

    async fn commit_account(&self, commit: AccountCommit) -> Result<(), AccountCommitError> {
        let mut commit = commit;
        match self.by {
            Sabotage::OpensBeforeItCommits => {
                // As without a transaction: what is refused later has left its session.
                let mut ahead = AccountCommit::of(self.shadow(&commit).await?, commit.now);
                ahead.opens = commit.opens.take();
                self.inner.commit_account(ahead).await?;
                let current = self.shadow(&commit).await?;
                if commit.expected_version > 0 && commit.expected_version + 1 == current.version {
                    commit.expected_version = current.version;
                    commit.account.version = current.version + 1;
                }
            }
            Sabotage::DropsTasks => commit.tasks.clear(),
            Sabotage::DropsEvents => commit.events.truncate(1),
            Sabotage::EndsNothing => commit.ends = EndSessions::None,
            Sabotage::EndsAll if commit.ends != EndSessions::None => commit.ends = EndSessions::All,
            Sabotage::MeetsAgain => {
                if let Some(id) = commit.meets {
                    let met = self.inner.challenge(id).await?;
                    commit.meets = commit.meets.filter(|_| met.is_none_or(|met| met.closed_at.is_none()));
                }
            }
            Sabotage::MeetsLate => {
                if let Some(id) = commit.meets {
                    let met = self.inner.challenge(id).await?;
                    commit.meets = commit.meets.filter(|_| met.is_none_or(|met| commit.now < met.expires_at));
                }
            }
            Sabotage::MeetsForOthers => {
                if let Some(id) = commit.meets {
                    let met = self.inner.challenge(id).await?;
                    commit.meets = commit.meets.filter(|_| met.is_none_or(|met| met.account == commit.account.id));
                }
            }
            Sabotage::KeepsChallengesOpen => {
                if let Some(new) = &commit.challenges {
                    let of_its_own = Purpose::ALL.into_iter().find(|it| *it != new.purpose);
                    commit.challenges = Some(Challenge { purpose: of_its_own.unwrap_or(new.purpose), ..new.clone() });
                }
            }
            _ => {}
        }
        match self.inner.commit_account(commit).await {
            Err(AccountCommitError::Conflict) if self.is(Sabotage::SwallowsConflicts) => Ok(()),
            Err(AccountCommitError::EmailTaken) if self.is(Sabotage::MistakesWhatIsTaken) => {
                Err(AccountCommitError::UsernameTaken)
            }
            result => result,
        }
    }

    async fn account_events(&self, account: AccountId, page: PageRequest) -> Result<Page<AccountEvent>, StoreError> {
        let mut page = self.inner.account_events(account, page).await?;
        if self.is(Sabotage::ListsBackwards) {
            page.rows.reverse();
        }
        Ok(page)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.inner.session(id).await
    }

    async fn live_sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let now = if self.is(Sabotage::KeepsExpiredSessions) { fixtures::NOW } else { now };
        let mut live = self.inner.live_sessions(account, now).await?;
        if self.is(Sabotage::ListsBackwards) {
            live.reverse();
        }
        Ok(live)
    }

    async fn put_session(&self, before: &Session, after: &Session) -> Result<bool, StoreError> {
        if self.is(Sabotage::RotatesBlindly) {
            let stored = self.inner.session(before.id).await?;
            let Some(stored) = stored else { return Ok(false) };
            return self.inner.put_session(&stored, after).await;
        }
        self.inner.put_session(before, after).await
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        self.inner.challenge(id).await
    }

    async fn latest_challenge(&self, account: AccountId, purpose: Purpose) -> Result<Option<Challenge>, StoreError> {
        self.inner.latest_challenge(account, purpose).await
    }

    async fn attempt(&self, id: ChallengeId, now: Timestamp) -> Result<Attempt, StoreError> {
        match self.inner.attempt(id, now).await? {
            Attempt::Closed if self.is(Sabotage::CountsAfterTheAnswer) => {
                let challenge = self.inner.challenge(id).await?;
                let open = challenge.filter(|it| it.closed_at.is_none() && now < it.expires_at);
                Ok(open.map_or(Attempt::Closed, Attempt::Counted))
            }
            attempt => Ok(attempt),
        }
    }

    async fn application(&self, key: ApplicationKey) -> Result<Option<SellerApplication>, StoreError> {
        self.inner.application(key).await
    }

    async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, StoreError> {
        let state = state.filter(|_| !self.is(Sabotage::IgnoresStates));
        let mut page = self.inner.applications(state, page).await?;
        if self.is(Sabotage::ListsBackwards) {
            page.rows.reverse();
        }
        Ok(page)
    }

    async fn forget_ended(&self, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        match self.by {
            Sabotage::ForgetsAMomentEarly => {
                self.inner.forget_ended(before + std::time::Duration::from_micros(1), limit).await
            }
            Sabotage::IgnoresLimits => self.inner.forget_ended(before, u32::MAX).await,
            _ => self.inner.forget_ended(before, limit).await,
        }
    }

    async fn unverified(&self, before: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
        match self.by {
            Sabotage::ForgetsAMomentEarly => {
                self.inner.unverified(before + std::time::Duration::from_micros(1), limit).await
            }
            Sabotage::IgnoresLimits => self.inner.unverified(before, u32::MAX).await,
            _ => self.inner.unverified(before, limit).await,
        }
    }

    async fn forget_unverified(&self, ids: &[AccountId], before: Timestamp) -> Result<u32, StoreError> {
        match self.by {
            Sabotage::SwallowsForgetting => Ok(u32::try_from(ids.len()).unwrap_or(u32::MAX)),
            Sabotage::ForgetsUnasked => {
                let all = self.inner.unverified(before, u32::MAX).await?;
                self.inner.forget_unverified(&all, before).await
            }
            _ => self.inner.forget_unverified(ids, before).await,
        }
    }
}

fn subject(sabotage: Option<Sabotage>) -> AccountStores {
    let inner = MemoryStore::new();
    let mut subject = AccountStores::of(inner.clone());
    if let Some(by) = sabotage {
        subject.accounts = Arc::new(Sabotaged { inner, by });
    }
    subject
}

fn fails(case: impl Future<Output = ()>) -> bool {
    catch_unwind(AssertUnwindSafe(|| block_on(case))).is_err()
}

macro_rules! bites {
    ($($sabotage:ident: $topic:ident::$case:ident,)+) => {
        $({
            let passes = !fails($topic::$case(&subject(Some(Sabotage::$sabotage))));
            assert!(!passes, "{} lets {:?} pass", stringify!($case), Sabotage::$sabotage);
            assert!(!fails($topic::$case(&subject(None))), "{} fails an honest store", stringify!($case));
        })+
    };
}

#[test]
fn each_broken_sentence_fails_the_case_that_is_named_for_it() {
    bites! {
        SwallowsConflicts: commits::a_new_account_is_not_stored_over_one_that_is_there,
        SwallowsConflicts: commits::of_sixteen_commits_against_one_version_one_is_stored,
        SwallowsConflicts: applications::an_application_follows_its_version,
        SwallowsConflicts: applications::an_application_of_another_account_is_not_overwritten,
        MistakesWhatIsTaken: names::an_address_belongs_to_one_account_whatever_its_case,
        ComparesToTheLetter: names::an_account_finds_itself_under_any_case,
        AnswersTwice: lists::several_accounts_come_at_once,
        TakesWildcards: lists::wildcards_stand_for_themselves,
        IgnoresStandings: lists::accounts_are_listed_by_role_and_standing,
        IgnoresStandings: lists::filters_add_up,
        IgnoresStates: applications::applications_are_listed_oldest_first_and_by_state,
        PagesByMoment: lists::accounts_of_one_moment_are_each_on_one_page,
        OpensBeforeItCommits: commits::a_refused_commit_leaves_nothing,
        DropsTasks: commits::a_known_task_is_left_out_and_the_commit_stands,
        DropsTasks: commits::of_sixteen_commits_at_once_the_winners_tasks_and_events_are_there,
        DropsEvents: lists::every_kind_of_event_comes_back_newest_first,
        EndsNothing: sessions::a_session_that_has_ended_is_not_brought_back,
        EndsNothing: sessions::an_end_and_a_rotation_at_once_leave_the_session_ended,
        EndsAll: sessions::a_commit_ends_all_sessions_or_all_but_one,
        MeetsAgain: challenges::a_challenge_is_met_once,
        MeetsAgain: challenges::of_sixteen_who_meet_a_challenge_one_does,
        MeetsLate: challenges::a_challenge_is_met_by_its_own_account_and_in_time,
        MeetsForOthers: challenges::a_challenge_is_met_by_its_own_account_and_in_time,
        KeepsChallengesOpen: challenges::opening_a_challenge_closes_the_earlier_ones_of_its_purpose_alone,
        RotatesBlindly: sessions::a_session_is_stored_over_the_one_that_was_read,
        RotatesBlindly: sessions::of_twenty_that_rotate_one_token_one_succeeds,
        RotatesBlindly: sessions::a_session_that_has_ended_is_not_brought_back,
        KeepsExpiredSessions: sessions::live_sessions_are_listed_newest_first,
        ListsBackwards: sessions::live_sessions_are_listed_newest_first,
        ListsBackwards: applications::applications_are_listed_oldest_first_and_by_state,
        ListsBackwards: lists::events_of_one_moment_are_each_on_one_page,
        CountsAfterTheAnswer: challenges::of_twenty_guesses_at_once_no_more_than_the_limit_are_counted,
        ForgetsAMomentEarly: forgetting::what_is_over_is_forgotten_and_nothing_else,
        IgnoresLimits: forgetting::no_more_is_forgotten_than_was_asked_for,
        IgnoresLimits: forgetting::registrations_that_nobody_verified_are_named_oldest_first_and_nobody_else,
        ForgetsAMomentEarly: forgetting::registrations_that_nobody_verified_are_named_oldest_first_and_nobody_else,
        ForgetsUnasked: forgetting::registrations_that_nobody_verified_are_named_oldest_first_and_nobody_else,
        SwallowsForgetting:
            forgetting::a_registration_that_is_forgotten_frees_its_names_and_takes_all_of_its_own_along,
        SwallowsForgetting: forgetting::a_registration_that_was_verified_meanwhile_stays,
    }
}
