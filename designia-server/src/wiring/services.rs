//! The services that handlers and tasks share, and every kind of task that they bring: the same for the node that runs tasks and for the
//! command line that asks for them.

use std::sync::Arc;

use designia_core::ports::{ObjectStorage, Ports};
use designia_core::service::Engine;
use designia_core::service::accounts::Accounts;
use designia_core::service::chat::Chat;
use designia_core::worker::TaskRegistry;

use super::{Stores, WiringError};
use crate::config::{Config, Secret};
use crate::mail::{Links, PostOffice};
use crate::shop::Shop;

/// The engine, and what is around it.
pub(crate) struct Services {
    pub(crate) engine: Engine,
    pub(crate) accounts: Accounts,
    pub(crate) chat: Chat,
    pub(crate) post: PostOffice,
    pub(crate) shop: Shop,
}

/// Where people reach the server, and where they reach the shop in front of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Urls<'u> {
    pub(crate) server: &'u str,
    pub(crate) shop: &'u str,
}

impl Services {
    /// The services over these ports and stores, with keys that follow from the installation's secret.
    ///
    /// # Errors
    ///
    /// When a setting can't be used after all.
    pub(crate) fn over(
        config: &Config,
        stores: &Stores,
        ports: Ports,
        secret: &Secret,
        storage: Arc<dyn ObjectStorage>,
        urls: Urls<'_>,
    ) -> Result<Self, WiringError> {
        let chat = super::chat(stores, &ports, urls.server);
        let accounts = super::accounts(config, stores, &ports, secret, Arc::clone(&storage), urls.server)?;
        let post = post_office(config, stores, &ports, &accounts, urls.shop)?;
        let accounts = accounts.with_personal(vec![
            Arc::new(chat.clone()),
            Arc::new(post.mails.clone()),
            Arc::new(post.notifications.clone()),
        ]);
        let engine = Engine::new(ports, super::policy(config));
        let shop = super::shop(stores, &engine, storage, urls.server);
        Ok(Self { engine, accounts, chat, post, shop })
    }

    /// Every kind of task that the server brings, and the schedules that ask for some of them.
    pub(crate) fn registry(&self, config: &Config) -> TaskRegistry {
        let registry = self.accounts.add_kinds(self.engine.task_registry(config.tasks.kept_for));
        let registry = self.chat.add_kinds(self.post.add_kinds(registry), &self.post.notifications);
        self.shop.add_kinds(registry)
    }
}

/// Who writes and sends mails.
fn post_office(
    config: &Config,
    stores: &Stores,
    ports: &Ports,
    accounts: &Accounts,
    shop_url: &str,
) -> Result<PostOffice, WiringError> {
    Ok(PostOffice {
        mails: super::mails(&config.mail, stores, Arc::clone(&ports.clock))?,
        notifications: super::notifications(stores, Arc::clone(&ports.clock)),
        accounts: Arc::clone(&accounts.ports().store),
        orders: Arc::clone(&ports.orders),
        challenges: accounts.ports().challenges.clone(),
        links: Links::below(config.accounts.frontend_url.as_deref().unwrap_or(shop_url)),
        brand: config.mail.brand().to_owned(),
    })
}
