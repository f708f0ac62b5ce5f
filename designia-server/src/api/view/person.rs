//! People as orders show them.

use std::collections::{HashMap, HashSet};

use designia_core::account::Account;
use designia_core::id::AccountId;
use designia_core::order::Order;
use designia_core::service::accounts::Accounts;
use futures_util::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// A buyer or a seller.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// The account.
    pub(crate) id: Uuid,
    /// Its public name.
    pub(crate) username: String,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: String,
    /// Its e-mail address, if the reader may see it.
    pub(crate) email: Option<String>,
    /// Its picture.
    pub(crate) avatar: Option<String>,
}

/// People, looked up together.
#[derive(Clone, Debug, Default)]
pub(crate) struct People(HashMap<AccountId, Person>);

impl People {
    /// Those with these ids, as far as there are accounts. The ids are collected before anything is awaited.
    pub(crate) fn of<'a>(
        accounts: &'a Accounts,
        ids: impl Iterator<Item = AccountId>,
    ) -> BoxFuture<'a, Result<Self, Problem>> {
        let ids: Vec<AccountId> = ids.collect::<HashSet<_>>().into_iter().collect();
        Box::pin(async move {
            let found = if ids.is_empty() { Vec::new() } else { accounts.accounts(&ids).await? };
            Ok(Self(found.iter().map(|account| (account.id, Person::of(accounts, account))).collect()))
        })
    }

    /// Everybody who is part of these orders.
    pub(crate) async fn in_orders(accounts: &Accounts, orders: &[&Order]) -> Result<Self, Problem> {
        let mut ids = Vec::new();
        for order in orders {
            ids.push(AccountId::from(order.buyer()));
            ids.extend(order.consignments().map(|(part, _)| AccountId::from(part.seller)));
        }
        Self::of(accounts, ids.into_iter()).await
    }

    /// The person with this id, without what only some may see.
    pub(crate) fn person(&self, id: impl Into<AccountId>) -> Person {
        let id = id.into();
        match self.0.get(&id) {
            Some(person) => person.clone(),
            None => Person {
                id: id.as_uuid(),
                username: id.to_string(),
                first_name: String::new(),
                last_name: String::new(),
                email: None,
                avatar: None,
            },
        }
    }
}

impl Person {
    /// Somebody, without what only some may see.
    pub(crate) fn of(accounts: &Accounts, account: &Account) -> Self {
        Self {
            id: account.id.as_uuid(),
            username: account.username.to_string(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
            email: None,
            avatar: accounts.picture_of(account),
        }
    }
}
