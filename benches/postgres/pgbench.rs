//! pgbench as the floor: it runs what our adapter was seen to send, from a program that does nothing else.
//!
//! The statement and its arguments are taken from the server's own log of one real commit, so nothing is written twice. In
//! each run order, buyer and products are drawn anew; everything else is as it was seen.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use designia::ports::OrderStore;
use designia::postgres::{Config, PostgresStore};
use sqlx::AssertSqlSafe;

use crate::measure::ROUND;
use crate::shop::{PRODUCTS, Shop};

/// A file for pgbench, which goes away with this.
pub(crate) struct Script(PathBuf);

impl Drop for Script {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Script {
    /// What a checkout sends.
    pub(crate) async fn of_a_checkout(shop: &Shop) -> Self {
        let commit = shop.checkout();
        let (id, buyer) = (commit.order.id().to_string(), commit.order.buyer().to_string());
        let products: Vec<_> = commit.changes.stock.iter().map(|it| it.product.to_string()).collect();
        let logged = logged(shop, async |store| store.commit(commit).await.expect("nobody else commits")).await;
        let call = logged.iter().rfind(|line| line.contains("commit_order_2(")).expect("the commit is in the log");
        let (statement, arguments) = call.split_once(PARAMETERS).expect("its parameters are, too");
        let statement = statement
            .split_once("execute ")
            .and_then(|(_, named)| named.split_once(": "))
            .expect("a name and a statement")
            .1;
        let types = types(shop).await;
        let mut drawn = format!(
            "\\set n random(100000000000, 999999999999)\n\\set b random(0, 49999)\n\\set p random(0, {})\n",
            PRODUCTS - 2
        );
        let own = |text: String| {
            let number = |of: &str, digits| format!("lpad(to_hex({of}), {digits}, '0')");
            let marks = [
                (id.as_str(), "'00000000-0000-7000-8000-' || :n::text".to_owned()),
                (buyer.as_str(), format!("'00000000-0000-7000-9000-' || {}", number(":b::int", 12))),
                (products[0].as_str(), format!("'00000000-0000-7000-b000-' || {}", number(":p::int", 12))),
                (products[1].as_str(), format!("'00000000-0000-7000-b000-' || {}", number(":p::int + 1", 12))),
            ];
            // Whatever follows a colon is a variable to pgbench, even inside a text.
            let text = match text.strip_prefix('\'') {
                Some(rest) => format!("E'{}", rest.replace('\\', r"\\").replace(':', r"\x3A")),
                None => text,
            };
            let known = marks.iter().filter(|(mark, _)| text.contains(mark)).collect::<Vec<_>>();
            known.iter().fold(text.clone(), |sql, (mark, by)| format!("replace({sql}, '{mark}', {by})"))
        };
        let values: Vec<_> =
            split(arguments).into_iter().zip(types).map(|(value, kind)| format!("({})::{kind}", own(value))).collect();
        let mut rest = statement;
        while let Some((before, after)) = rest.split_once('$') {
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let index: usize = after[..digits].parse().expect("a parameter has a number");
            let _ = write!(drawn, "{before}{}", values[index - 1]);
            rest = &after[digits..];
        }
        let _ = writeln!(drawn, "{rest};");
        let path = std::env::temp_dir().join(format!("designia-bench-{}.sql", std::process::id()));
        std::fs::write(&path, drawn).expect("a temporary file");
        Self(path)
    }
}

const PARAMETERS: &str = "DETAIL:  parameters: ";

/// What the server logs while a connection of its own does some work: each statement in a line with its parameters.
async fn logged(shop: &Shop, work: impl AsyncFnOnce(PostgresStore)) -> Vec<String> {
    let mut admin = shop.admin().await;
    let mut run = async |sql: &str| {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut admin).await.expect("a superuser may");
    };
    run("ALTER ROLE designia SET log_min_duration_statement = 0").await;
    let mut config: Config = shop.url.parse().expect("a URL of Postgres");
    config.max_connections = 1;
    let store = PostgresStore::open(&config).await.expect("the database is there");
    work(store.clone()).await;
    store.close().await.expect("nothing fails");
    run("ALTER ROLE designia RESET log_min_duration_statement").await;
    let (data, file): (String, String) =
        sqlx::query_as("SELECT current_setting('data_directory'), pg_current_logfile()")
            .fetch_one(&mut admin)
            .await
            .expect("the server keeps a log file");
    let log = std::fs::read_to_string(PathBuf::from(data).join(file)).expect("the log can be read");
    log.replace("\n\t", " ").replace(&format!("\n{PARAMETERS}"), PARAMETERS).lines().map(str::to_owned).collect()
}

/// The types of the arguments of a commit.
async fn types(shop: &Shop) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format_type(argument.type, NULL)
         FROM pg_proc, unnest(proargtypes) WITH ORDINALITY AS argument (type, number)
         WHERE proname = 'commit_order_2' ORDER BY number",
    )
    .fetch_all(&shop.bare)
    .await
    .expect("the function is there")
}

/// `$1 = 'it''s', $2 = NULL` as SQL literals.
fn split(arguments: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = arguments;
    while let Some((_, value)) = rest.split_once(" = ") {
        let mut end = 0;
        let mut is_quoted = false;
        for (at, c) in value.char_indices() {
            match c {
                '\'' => is_quoted = !is_quoted,
                ',' if !is_quoted => break,
                _ => {}
            }
            end = at + c.len_utf8();
        }
        values.push(value[..end].trim().to_owned());
        rest = &value[end..];
    }
    values
}

/// Its transactions per second.
pub(crate) async fn rate(script: &Script, url: &str, clients: u32) -> f64 {
    let (path, url) = (script.0.clone(), url.to_owned());
    let ran = tokio::task::spawn_blocking(move || {
        let clients = clients.to_string();
        let seconds = ROUND.as_secs().to_string();
        Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds, "-f"])
            .arg(path)
            .arg(url)
            .stdin(Stdio::null())
            .output()
            .expect("pgbench is installed")
    });
    let ran = ran.await.expect("nobody panics");
    let told = String::from_utf8_lossy(&ran.stdout);
    let tps = told.lines().find_map(|line| line.strip_prefix("tps = ")).and_then(|line| line.split(' ').next());
    let tps = tps.and_then(|tps| tps.parse().ok());
    tps.unwrap_or_else(|| panic!("pgbench: {}", String::from_utf8_lossy(&ran.stderr)))
}
