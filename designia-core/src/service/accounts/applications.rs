//! From customer to seller: an application, and the decision of somebody who runs the marketplace.

use super::profile::{text, url};
use super::{AccountError, Accounts, FieldRule, event_by};
use crate::account::{Account, AccountEventKind, ApplicationState, Letter, Role, SellerApplication, SellerType};
use crate::id::{AccountId, ApplicationId};
use crate::ports::{AccountCommit, AccountCommitError, ApplicationKey, Page, PageRequest};
use crate::time::Timestamp;

/// Most pictures of an application.
const MOST_IMAGES: usize = 10;

/// What somebody tells who wants to sell.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Application {
    /// The name of the business.
    pub business_name: String,
    /// What the business is, by the name of a [`SellerType`].
    pub seller_type: String,
    /// Why.
    pub motivation: String,
    /// Where their work can be seen.
    pub portfolio_url: String,
    /// Where they can be found.
    pub social_media_url: String,
    /// Keys of pictures in the object storage.
    pub images: Vec<String>,
}

/// What becomes of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationDecision {
    /// Somebody looks at it.
    Review,
    /// The applicant is a seller.
    Approve,
    /// It is turned down.
    Reject {
        /// Why, for the applicant.
        reason: String,
    },
    /// It is to be changed.
    Revise {
        /// What is to be changed, for the applicant.
        reason: String,
    },
}

impl Accounts {
    /// Sends an application in, for the first time or again after it was turned down.
    ///
    /// # Errors
    /// [`AccountError::Invalid`], [`AccountError::SecondFactorNeeded`], [`AccountError::State`] for a seller,
    /// [`AccountError::Application`] while another waits, or a store error.
    pub async fn apply(&self, id: AccountId, application: &Application) -> Result<SellerApplication, AccountError> {
        let seller_type = application.check(application.images.len())?;
        for _ in 0..super::MAX_TRIES {
            let (account, application_id, version) = self.applicant(id).await?;
            let now = self.now();
            let sent = application.sent(application_id, version, id, seller_type, now);
            let mut commit = AccountCommit::of(account, now);
            commit.application = Some(sent.clone());
            commit.tasks.push(self.mail(id, Letter::ApplicationReceived, now)?);
            match self.commit(commit).await {
                Ok(()) => return Ok(sent),
                Err(AccountCommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// Whether an application may be sent in with so many pictures, before they are kept.
    ///
    /// # Errors
    /// Those of [`Accounts::apply`].
    pub async fn may_apply(&self, id: AccountId, application: &Application, images: usize) -> Result<(), AccountError> {
        application.check(images)?;
        self.applicant(id).await.map(drop)
    }

    /// Whoever wants to apply, with the id and the version that the application is to have.
    async fn applicant(&self, id: AccountId) -> Result<(Account, ApplicationId, u32), AccountError> {
        let account = self.active(id).await?;
        if account.is_seller() {
            return Err(AccountError::State("the account is a seller's already"));
        }
        if !account.second_factor.is_on() {
            return Err(AccountError::SecondFactorNeeded);
        }
        match self.ports.store.application(ApplicationKey::Account(id)).await? {
            Some(before) => {
                let moved = before.moved(ApplicationState::Pending)?;
                Ok((account, moved.id, moved.version))
            }
            None => Ok((account, ApplicationId::from_uuid(self.ports.ids.next()), 1)),
        }
    }

    /// The application of an account.
    ///
    /// # Errors
    /// A store error.
    pub async fn application_of(&self, id: AccountId) -> Result<Option<SellerApplication>, AccountError> {
        Ok(self.ports.store.application(ApplicationKey::Account(id)).await?)
    }

    /// One application.
    ///
    /// # Errors
    /// [`AccountError::NoSuch`], or a store error.
    pub async fn application(&self, id: ApplicationId) -> Result<SellerApplication, AccountError> {
        let found = self.ports.store.application(ApplicationKey::Id(id)).await?;
        found.ok_or(AccountError::NoSuch("application"))
    }

    /// One page of applications, the longest waiting first.
    ///
    /// # Errors
    /// A store error.
    pub async fn applications(
        &self,
        state: Option<ApplicationState>,
        page: PageRequest,
    ) -> Result<Page<SellerApplication>, AccountError> {
        Ok(self.ports.store.applications(state, page).await?)
    }

    /// Decides about an application. Whoever is approved is a seller from then on.
    ///
    /// # Errors
    /// [`AccountError::NoSuch`], [`AccountError::Invalid`] without a reason where one is needed, [`AccountError::Application`] if
    /// it is decided already, [`AccountError::State`] if the applicant's account is closed, or a store error.
    pub async fn decide_application(
        &self,
        id: ApplicationId,
        by: AccountId,
        decision: &ApplicationDecision,
        notes: Option<&str>,
    ) -> Result<SellerApplication, AccountError> {
        let reason = decision.reason()?;
        let notes = notes.map(|notes| text("admin_notes", notes, 2000)).transpose();
        let notes = notes.map_err(|rule| AccountError::Invalid(vec![rule]))?;
        for _ in 0..super::MAX_TRIES {
            let before = self.application(id).await?;
            if before.account == by {
                return Err(AccountError::Forbidden("nobody decides about their own application"));
            }
            let now = self.now();
            let account = self.account(before.account).await?;
            if !account.is_active() {
                return Err(AccountError::State("the applicant's account is closed"));
            }
            let kept = before.notes.clone();
            let mut decided = before.moved(decision.state())?;
            decided.decided = Some((by, now));
            decided.reason = reason.clone().or(decided.reason.filter(|_| *decision == ApplicationDecision::Review));
            decided.notes = notes.clone().or(kept);
            let mut commit = AccountCommit::of(account, now);
            self.follow(decision, &decided, by, &mut commit)?;
            commit.application = Some(decided.clone());
            match self.commit(commit).await {
                Ok(()) => return Ok(decided),
                Err(AccountCommitError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccountError::Contended)
    }

    /// What a decision leads to besides.
    fn follow(
        &self,
        decision: &ApplicationDecision,
        decided: &SellerApplication,
        by: AccountId,
        commit: &mut AccountCommit,
    ) -> Result<(), AccountError> {
        let (account, now) = (&mut commit.account, commit.now);
        let letter = match decision {
            ApplicationDecision::Review => return Ok(()),
            ApplicationDecision::Approve => {
                make_seller(account, decided.seller_type);
                let kind = AccountEventKind::RoleChanged;
                commit.events.push(event_by(account.id, kind, by, "the application was approved", now));
                Letter::ApplicationApproved
            }
            ApplicationDecision::Reject { reason } => Letter::ApplicationRejected { reason: reason.clone() },
            ApplicationDecision::Revise { reason } => Letter::RevisionRequested { reason: reason.clone() },
        };
        let task = self.mail(account.id, letter, now)?;
        commit.tasks.push(task);
        Ok(())
    }
}

/// An admin stays one, and may sell anyway.
fn make_seller(account: &mut Account, seller_type: SellerType) {
    account.seller_type = Some(seller_type);
    if account.role == Role::Customer {
        account.role = Role::Seller;
    }
}

impl ApplicationDecision {
    const fn state(&self) -> ApplicationState {
        match self {
            Self::Review => ApplicationState::UnderReview,
            Self::Approve => ApplicationState::Approved,
            Self::Reject { .. } => ApplicationState::Rejected,
            Self::Revise { .. } => ApplicationState::RevisionRequested,
        }
    }

    /// The reason for the applicant, who can't do anything with a refusal that has none.
    fn reason(&self) -> Result<Option<String>, AccountError> {
        match self {
            Self::Review | Self::Approve => Ok(None),
            Self::Reject { reason } | Self::Revise { reason } => {
                let reason = text("reason", reason, 2000).map_err(|rule| AccountError::Invalid(vec![rule]))?;
                if reason.is_empty() {
                    Err(AccountError::field("reason", "must not be empty"))
                } else {
                    Ok(Some(reason))
                }
            }
        }
    }
}

impl Application {
    fn check(&self, images: usize) -> Result<SellerType, AccountError> {
        let mut broken = Vec::new();
        let lengths = [("business_name", &self.business_name, 3, 200), ("motivation", &self.motivation, 20, 5000)];
        for (field, given, least, most) in lengths {
            match text(field, given, most) {
                Ok(text) if text.chars().count() < least => {
                    broken.push(FieldRule::new(field, format!("must have at least {least} characters")));
                }
                Ok(_) => {}
                Err(rule) => broken.push(rule),
            }
        }
        broken.extend(url("portfolio_url", &self.portfolio_url).err());
        broken.extend(url("social_media_url", &self.social_media_url).err());
        if images > MOST_IMAGES {
            broken.push(FieldRule::new("uploaded_images", format!("must be at most {MOST_IMAGES}")));
        }
        match self.seller_type.trim().parse() {
            Ok(seller_type) if broken.is_empty() => Ok(seller_type),
            Ok(_) => Err(AccountError::Invalid(broken)),
            Err(rule) => {
                broken.push(FieldRule::new("seller_type", rule));
                Err(AccountError::Invalid(broken))
            }
        }
    }

    fn sent(
        &self,
        id: ApplicationId,
        version: u32,
        account: AccountId,
        seller_type: SellerType,
        now: Timestamp,
    ) -> SellerApplication {
        let optional = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        SellerApplication {
            id,
            version,
            account,
            state: ApplicationState::Pending,
            business_name: self.business_name.trim().to_owned(),
            seller_type,
            motivation: self.motivation.trim().to_owned(),
            portfolio_url: optional(&self.portfolio_url),
            social_media_url: optional(&self.social_media_url),
            images: self.images.clone(),
            submitted_at: now,
            decided: None,
            reason: None,
            notes: None,
        }
    }
}
