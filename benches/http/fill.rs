//! A store with so many products and some people, written by the import, which takes a page at a time.

use std::path::Path;
use std::sync::Arc;

use designia::account::{Account, Hidden, Role, Session, Standing};
use designia::catalog::{Product, ProductDetails, ProductFigures};
use designia::id::{AccountId, ProductId, SellerId, SessionId};
use designia::money::{Currency, Money};
use designia::ports::{AccountCommit, Import};
use designia::postgres::PostgresStore;
use designia::service::accounts::Grant;
use designia::sqlite::SqliteStore;
use designia::time::{DAY, Timestamp};
use designia_server::cli::parse;
use designia_server::config::{EnvFile, Environment};
use designia_server::demo::people::DemoPerson;
use designia_server::instance::Instance;
use designia_stripe_sandbox::SandboxClock;
use uuid::Uuid;

use crate::server;

/// So many people, each with a token; each logs in, fills a cart and orders.
pub(crate) const PEOPLE: u32 = 400;

/// One more, who runs the place.
pub(crate) const ADMIN: u32 = PEOPLE;

/// What all of them log in with.
pub(crate) const PASSWORD: &str = "a kiln and a wheel";

/// Products written at a time.
const PAGE: u64 = 1_000;

/// 22 November 2026, noon.
const START: Timestamp = Timestamp::from_secs(1_795_348_800);

const WORDS: [&str; 16] = [
    "tea", "bowl", "print", "lamp", "chair", "linen", "oak", "brass", "glazed", "woven", "blue", "round", "tall",
    "old", "fine", "small",
];

/// The store while it is being filled.
pub(crate) struct Stock {
    import: Arc<dyn Import>,
    count: u64,
    /// Tokens of the people.
    pub(crate) tokens: Vec<String>,
    /// An admin's.
    pub(crate) admin: String,
}

impl Stock {
    /// Makes the people, as the server would, without waiting for a slow hash for each.
    pub(crate) async fn open(url: &str, directory: &Path) -> Self {
        // It makes the tables, which a server does while it begins to listen.
        let import: Arc<dyn Import> = match url.strip_prefix("sqlite://") {
            Some(path) => {
                Arc::new(SqliteStore::open(&designia::sqlite::Config::file(path)).await.expect("the file is there"))
            }
            None => {
                let config = url.parse().expect("a URL of Postgres");
                Arc::new(PostgresStore::open(&config).await.expect("the database is there"))
            }
        };
        let args = [vec!["designia-server".to_owned()], server::arguments(url, directory)].concat();
        let config = parse(args.iter().map(Into::into).collect(), &Environment::default(), &EnvFile::default());
        let config = config.expect("the arguments are good").1;
        let instance = Instance::prepare(&config, SandboxClock::real()).await.expect("the database is there");
        let accounts = instance.accounts.ports().clone();
        let now = accounts.clock.now();
        let password = accounts.passwords.hash(&Hidden::new(PASSWORD)).await.expect("a hash");
        let mut tokens = Vec::new();
        for number in 0..=PEOPLE {
            let mut account = person(AccountId::from_uuid(accounts.ids.next()), number, &password, now);
            if number == ADMIN {
                account.role = Role::Admin;
            }
            let session = Session::open(SessionId::from_uuid(accounts.ids.next()), account.id, now, DAY);
            let mut commit = AccountCommit::of(account, now);
            commit.opens = Some(session.clone());
            let account = commit.account.clone();
            accounts.store.commit_account(commit).await.expect("a new account");
            let issued = instance.tokens.issue(&Grant { account, session }).expect("a token");
            tokens.push(issued.access.expose().to_owned());
        }
        let admin = tokens.pop().expect("the admin is the last");
        drop(instance);
        Self { import, count: 0, tokens, admin }
    }

    /// Adds products until there are so many.
    pub(crate) async fn fill_up_to(&mut self, products: u64) {
        while self.count < products {
            let page = self.count..products.min(self.count + PAGE);
            let rows: Vec<Product> = page.clone().map(product).collect();
            self.import.import_products(&rows).await.expect("new products");
            self.count = page.end;
        }
    }

    /// One of the products, by a number of any size.
    pub(crate) fn id(&self, number: u64) -> Uuid {
        product_id(number % self.count.max(1)).as_uuid()
    }

    /// The same by its name in addresses.
    pub(crate) fn slug(&self, number: u64) -> String {
        slug(number % self.count.max(1))
    }

    /// Words of which a few products in a thousand have all.
    pub(crate) fn words(number: u64) -> String {
        let word = |place: u64| WORDS[usize::try_from(number / place % 16).unwrap_or(0)];
        format!("{}+{}", word(1), word(16))
    }
}

/// The id of the product of this number.
pub(crate) fn product_id(number: u64) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0x0192_f0c1_a2b3_7000_8000_0000_0000_0000 + u128::from(number)))
}

fn slug(number: u64) -> String {
    format!("bench-{number}")
}

fn product(number: u64) -> Product {
    let word = |place: u64| WORDS[usize::try_from(number / place % 16).unwrap_or(0)];
    let seller = DemoPerson::named("seller").expect("the demo has a seller").id();
    let details = ProductDetails { brand: format!("Maker {}", number % 500), ..ProductDetails::default() };
    Product {
        id: product_id(number),
        seller: SellerId::from_uuid(seller),
        slug: slug(number),
        name: format!("{} {} {} {number}", word(1), word(16), word(256)),
        description: format!("A {} {} that is {}, made by hand and sent with care.", word(1), word(16), word(4096)),
        price: Money::new(i64::try_from(500 + number % 20_000).unwrap_or(500), Currency::EUR),
        stock: 1_000_000,
        active: true,
        details,
        figures: ProductFigures::default(),
        version: 1,
        created_at: START + std::time::Duration::from_secs(number),
        updated_at: START + std::time::Duration::from_secs(number),
    }
}

/// What somebody of the bench logs in with.
pub(crate) fn email(number: u32) -> String {
    format!("bench{number}@example.com")
}

fn person(id: AccountId, number: u32, password: &Hidden, now: Timestamp) -> Account {
    Account {
        standing: Standing::Active,
        password: Some(password.clone()),
        ..Account::new(
            id,
            email(number).parse().expect("an address"),
            format!("bench{number}").parse().expect("a name"),
            now,
        )
    }
}
