//! The promises that other suites build on, kept with the real programs.
#![cfg(feature = "databases")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use designia_services::{PrivatePostgres, Server, Template, pgbouncer_or_skip, private_postgres_or_skip};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

async fn ask(url: &str, statement: &str) -> Result<String, sqlx::Error> {
    let mut session = PgConnection::connect(url).await?;
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut session).await
}

#[tokio::test]
async fn the_role_may_create_databases_and_is_no_superuser() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    let rights =
        "SELECT rolsuper::text || rolcreatedb::text || rolcreaterole::text FROM pg_roles WHERE rolname = current_user";
    assert_eq!(ask(&postgres.url(), rights).await.unwrap(), "falsetruefalse");
    assert_eq!(ask(&postgres.admin_url(), "SHOW is_superuser").await.unwrap(), "on");
    assert_eq!(ask(&postgres.url(), "SHOW fsync").await.unwrap(), "off");
    let nobody = postgres.url().replacen("designia:", "designia:x", 1);
    assert!(ask(&nobody, "SELECT 'in'").await.is_err());
}

#[tokio::test]
async fn a_crash_and_a_restart_keep_the_data_and_the_address() {
    let Some(postgres) = PrivatePostgres::durable().setting("work_mem", "5MB").launch_or_skip() else { return };
    assert_eq!(ask(&postgres.url(), "SHOW fsync").await.unwrap(), "on");
    assert_eq!(ask(&postgres.url(), "SHOW work_mem").await.unwrap(), "5MB");
    let mut session = PgConnection::connect(&postgres.url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept AS SELECT 'kept'::text AS word").execute(&mut session).await.unwrap();
    let (url, before) = (postgres.url(), postgres.pid());

    postgres.kill().unwrap();
    assert_eq!(postgres.pid(), None);
    assert!(ask(&url, "SELECT 'in'").await.is_err());
    postgres.start().unwrap();
    assert!(postgres.pid() != before && postgres.url() == url);
    assert_eq!(ask(&url, "SELECT word FROM kept").await.unwrap(), "kept");

    postgres.restart().unwrap();
    assert_eq!(ask(&url, "SELECT word FROM kept").await.unwrap(), "kept");
}

static SCHEMA: Template = Template::new(|url| {
    Box::pin(async move {
        let mut session = PgConnection::connect(&url).await?;
        sqlx::raw_sql("CREATE TABLE made AS SELECT 'by the template'::text AS word").execute(&mut session).await?;
        Ok(session.close().await?)
    })
});

static BLOCKING: Template = Template::blocking(|url| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut session = PgConnection::connect(url).await?;
        sqlx::raw_sql("CREATE TABLE made AS SELECT 'while blocking'::text AS word").execute(&mut session).await?;
        Ok(session.close().await?)
    })
});

#[tokio::test]
async fn a_fresh_database_is_migrated_alone_and_dropped() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    let server = Server::at(&postgres.url()).unwrap();
    let (one, other) = (server.fresh_database(Some(&SCHEMA)).unwrap(), server.fresh_database(Some(&SCHEMA)).unwrap());
    let blocking = server.fresh_database(Some(&BLOCKING)).unwrap();
    let empty = server.fresh_database(None).unwrap();
    assert_eq!(ask(one.url(), "DELETE FROM made RETURNING word").await.unwrap(), "by the template");
    assert_eq!(ask(other.url(), "SELECT word FROM made").await.unwrap(), "by the template");
    assert_eq!(ask(blocking.url(), "SELECT word FROM made").await.unwrap(), "while blocking");
    assert!(ask(empty.url(), "SELECT word FROM made").await.is_err());

    // Even with a session that was forgotten.
    let _open = PgConnection::connect(one.url()).await.unwrap();
    drop((one, other, blocking, empty));
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'designia\\_test%'";
    assert_eq!(ask(&postgres.url(), left).await.unwrap(), "2", "the templates stay for the next tests");
}

#[test]
fn leftovers_of_dead_processes_are_swept_and_nothing_else() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    let server = Server::at(&postgres.url()).unwrap();
    let ours = server.fresh_database(None).unwrap();
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let orphan = ours.name().replace(&format!("_{}_", std::process::id()), &format!("_{}_", child.id()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let count = |name: &str| {
        let count = format!("SELECT count(*)::text FROM pg_database WHERE datname = '{name}'");
        runtime.block_on(ask(&postgres.url(), &count)).unwrap()
    };
    runtime.block_on(async {
        let mut session = PgConnection::connect(&postgres.url()).await.unwrap();
        for name in [orphan.as_str(), "designia_test_of_somebody", "somebody"] {
            let create = format!("CREATE DATABASE {name}");
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut session).await.unwrap();
        }
    });

    drop(Server::at(&postgres.url()).unwrap());

    assert_eq!(count(&orphan), "0");
    assert_eq!([count(&ours.name()), count("designia_test_of_somebody"), count("somebody")], ["1", "1", "1"]);
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_takes_a_client_that_asks_for_nothing() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    let Some(bouncer) = pgbouncer_or_skip(&postgres.url(), 2) else { return };
    let url = bouncer.url_of(&postgres.url()).unwrap();
    let options: PgConnectOptions = url.parse().unwrap();
    let asking = options.clone().connect().await.unwrap_err().to_string();
    assert!(asking.contains("extra_float_digits"), "{asking}");

    let options = options.extra_float_digits(None);
    let (mut one, mut other) = (options.connect().await.unwrap(), options.connect().await.unwrap());
    let backend = "SELECT pg_backend_pid()::text";
    for session in [&mut one, &mut other] {
        sqlx::raw_sql(backend).execute(session).await.unwrap();
    }
    drop(bouncer);
    assert!(options.connect().await.is_err());
}

/// Not a test: the process that the next one kills, when it is asked to be that.
#[test]
fn owner_to_be_killed() {
    if std::env::var_os("DESIGNIA_SERVICES_OWNER").is_none() {
        return;
    }
    let postgres = PrivatePostgres::fast().launch().unwrap();
    println!("pid {}", postgres.pid().unwrap());
    std::thread::sleep(Duration::from_secs(120));
}

#[test]
fn kill_9_of_the_owner_leaves_nothing() {
    let Some(postgres) = private_postgres_or_skip() else { return };
    drop(postgres);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "owner_to_be_killed", "--nocapture"]).env("DESIGNIA_SERVICES_OWNER", "yes");
    let mut owner = command.stdout(Stdio::piped()).spawn().unwrap();
    let said = std::io::BufRead::lines(std::io::BufReader::new(owner.stdout.take().unwrap()));
    let pid = said.map_while(Result::ok).find_map(|line| Some(line.split_once("pid ")?.1.to_owned())).unwrap();
    let name = format!("designia-postgres-{}-0", owner.id());
    let (directory, in_memory) = (std::env::temp_dir().join(&name), Path::new("/dev/shm").join(&name));
    assert!(directory.exists() && runs(&pid));

    owner.kill().unwrap();
    owner.wait().unwrap();

    let gone = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        !directory.exists() && !in_memory.exists() && !runs(&pid)
    });
    assert!(gone, "process {pid} or {} is left", directory.display());
}

fn runs(pid: &str) -> bool {
    if Path::new("/proc/self").exists() {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        return state.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'));
    }
    Command::new("ps").args(["-p", pid]).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}
