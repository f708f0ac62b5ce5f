//! One account with what is kept about it. Sessions and challenges stay behind: they are good for the place where they were given
//! out, and whoever moves house logs in again.

use super::{StoreError, Total, Totals};
use crate::account::{Account, AccountEvent, SellerApplication};

/// One account, its application, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountArchive {
    /// The account as of its latest version.
    pub account: Account,
    /// Its application to become a seller.
    pub application: Option<SellerApplication>,
    /// What happened to it, in the order in which it was stored.
    pub events: Vec<AccountEvent>,
}

impl AccountArchive {
    /// Refuses what no store can have given away. Every import begins with this.
    ///
    /// # Errors
    /// A [`StoreError`] of kind `Invalid`: a part belongs to another account, or was never stored.
    pub fn check(&self) -> Result<(), StoreError> {
        let id = self.account.id;
        let is_own = self.application.as_ref().is_none_or(|it| it.account == id && it.version > 0)
            && self.events.iter().all(|event| event.account == id);
        if is_own && self.account.version > 0 {
            Ok(())
        } else {
            Err(StoreError::invalid(format!("a part of account {id} belongs to another, or has no version")))
        }
    }

    /// Adds this account to totals that a store takes by walking through its accounts.
    pub fn count_into(&self, totals: &mut Totals) {
        totals.add(Total::Accounts, 1);
        totals.add(Total::AccountVersions, i64::from(self.account.version));
        totals.count(Total::AccountEvents, self.events.len());
        totals.count(Total::Applications, self.application.iter().len());
    }
}
