//! People as orders show them. Until accounts exist, the names are those of the demo.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::auth::Account;

/// A buyer or a seller.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    /// The account.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) username: String,
    /// What people see, in two fields as the first backend has it.
    pub(crate) first_name: String,
    /// The second of the two.
    pub(crate) last_name: String,
    /// Its e-mail address, if the reader may see it.
    pub(crate) email: Option<String>,
    /// Its picture.
    pub(crate) avatar: Option<String>,
}

impl Person {
    /// The person with this id, without what only some may see.
    pub(crate) fn with_id(id: Uuid) -> Self {
        let account = Account::with_id(id);
        let (first, last) = account.and_then(|it| it.display_name.split_once(' ')).unwrap_or_default();
        Self {
            id,
            username: account.map_or_else(|| id.to_string(), |it| it.name.to_owned()),
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: None,
            avatar: None,
        }
    }
}
