//! The commands about background tasks, from another process than the one that runs them.

use std::io::Read;
use std::process::Output;
use std::time::{Duration, Instant};

use designia_services::{Persistence, PrivateRedis, postgres};
use designia_stripe_sandbox::{Fault, FaultKind, Sandbox};
use serde_json::Value;

use crate::process::{Place, Server};

const SECRET: &str = "whsec_of_task_commands";

/// Where the tasks of a test are, and what its processes are told of it.
struct Desk<'a> {
    place: &'a Place,
    database: &'a str,
}

impl Desk<'_> {
    fn output(&self, args: &[&str]) -> Output {
        self.place.command(args).env("DATABASE_URL", self.database).output().unwrap()
    }

    /// What a command that ends well prints for programs.
    fn json(&self, args: &[&str]) -> Value {
        let output = self.output(&[args, &["--json"]].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What a command that ends well prints for people.
    fn text(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line of a command that can't be followed.
    fn refusal(&self, args: &[&str], code: i32) -> String {
        let output = self.output(args);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        told.lines().find(|line| line.starts_with("error: ")).unwrap().to_owned()
    }
}

fn state_of(desk: &Desk<'_>, id: &str) -> String {
    desk.json(&["tasks", "show", id])["state"].as_str().unwrap().to_owned()
}

/// The kinds that a running server names to its staff.
fn kinds_of(server: &Server) -> Value {
    let authorization = format!("authorization: Bearer {}", server.token_of("admin"));
    let mut answer = String::new();
    server.send_with("GET", "/api/admin/task-kinds/", &authorization, "").read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Everything that the commands do, beside a server that runs the tasks.
fn commands_work_beside_a_server(name: &str, database: &str) {
    let place = Place::new(name);
    let desk = Desk { place: &place, database };
    let server = Server::run(place.command(&[]).env("DATABASE_URL", database));
    let done = desk.json(&["tasks", "run", "rates.update", "--wait", "--timeout", "30s"]);
    assert_eq!((done["state"].as_str(), done["result"]["source"].as_str()), (Some("SUCCESS"), Some("ecb")));
    assert!(desk.text(&["tasks", "run", "rates.update", "{}", "--wait"]).contains("SUCCESS"));

    assert_eq!(desk.json(&["tasks", "pause", "marketplace_tasks"])["paused"], true);
    let asked = desk.json(&["tasks", "run", "rates.update"]);
    let id = asked["task_id"].as_str().unwrap();
    assert_eq!(state_of(&desk, id), "PENDING");
    let listed = desk.json(&["tasks", "list", "--state", "pending", "--kind", "rates.update"]);
    assert_eq!(listed["results"][0]["id"].as_str(), Some(id));
    assert_eq!(desk.json(&["tasks", "list", "--limit", "1"])["results"].as_array().unwrap().len(), 1);
    let all = desk.json(&["tasks", "list", "--all", "--queue", "marketplace_tasks"]);
    assert!(all["results"].as_array().unwrap().len() >= 3, "{all}");
    assert!(desk.text(&["tasks", "list"]).lines().any(|line| line.contains(id) && line.contains("PENDING")));
    let late = desk.refusal(&["tasks", "run", "rates.update", "--wait", "--timeout", "300ms"], 1);
    assert!(late.contains("is still PENDING"), "{late}");

    assert_eq!(desk.json(&["tasks", "revoke", id])["outcome"], "revoked");
    assert_eq!(state_of(&desk, id), "REVOKED");
    assert!(desk.refusal(&["tasks", "revoke", id], 1).contains("it is REVOKED"));
    assert_eq!(desk.json(&["tasks", "retry", id])["outcome"], "waiting");
    let unsure = desk.refusal(&["tasks", "purge", "marketplace_tasks"], 1);
    assert!(unsure.contains("say --yes"), "{unsure}");
    assert_eq!(desk.json(&["tasks", "purge", "marketplace_tasks", "--yes"])["purged"], 2);
    assert!(desk.text(&["tasks", "queues"]).lines().any(|line| line.ends_with("paused")));
    assert_eq!(desk.json(&["tasks", "resume", "marketplace_tasks"])["paused"], false);
    let later = desk.json(&["tasks", "run", "rates.update", "--in", "10m"]);
    assert_eq!(state_of(&desk, later["task_id"].as_str().unwrap()), "PENDING");

    let schedules = desk.json(&["schedules", "list"]);
    let names: Vec<_> =
        schedules["results"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(
        ["accounts.forget", "orders.expire_due", "rates.update"].iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    assert_eq!(desk.json(&["schedules", "disable", "rates.update"])["enabled"], false);
    assert_eq!(desk.json(&["schedules", "show", "rates.update"])["next"].as_array().unwrap().len(), 0);
    let enabled = desk.json(&["schedules", "enable", "rates.update"]);
    assert_eq!((enabled["enabled"].as_bool(), enabled["next"].as_array().unwrap().len()), (Some(true), 5));
    assert_eq!(desk.json(&["schedules", "run", "tasks.cleanup"])["task_name"], "tasks.cleanup");
    assert_eq!(desk.json(&["schedules", "run", "accounts.forget"])["task_name"], "accounts.forget");
    let forgotten = desk.json(&["tasks", "run", "accounts.forget", "--wait", "--timeout", "30s"]);
    assert_eq!(forgotten["state"], "SUCCESS", "{forgotten}");
    assert_eq!(desk.json(&["tasks", "kinds"])["results"], kinds_of(&server)["results"]);
    assert!(desk.text(&["schedules", "list"]).contains("0 0 * * * (UTC)"));

    let workers = desk.json(&["workers"]);
    assert_eq!(workers["results"][0]["pid"].as_u64(), Some(u64::from(server.child.id())), "{workers}");
    assert!(desk.text(&["workers"]).contains("working"));

    for (args, code, told) in [
        (&["tasks", "show", "00000000-0000-0000-0000-000000000001"][..], 1, "there is no task 00000000"),
        (&["tasks", "retry", "00000000-0000-0000-0000-000000000001"], 1, "there is no task 00000000"),
        (&["tasks", "run", "cook"], 1, "`cook` is no kind of task here; there are "),
        (&["tasks", "run", "orders.cancel_expired", "{\"order\": 7"], 1, "at line 1 column 11"),
        (&["tasks", "run", "orders.cancel_expired", "{}"], 1, "args: missing field `order`"),
        (&["tasks", "pause", "nobodys"], 1, "there is no queue nobodys"),
        (&["schedules", "run", "nobodys"], 1, "there is no schedule nobodys; there are "),
        (&["tasks", "show", "12"], 2, "'12'"),
        (&["tasks", "list", "--state", "LOST"], 2, "none of PENDING"),
        (&["tasks", "run", "rates.update", "--in", "soon"], 2, "is not a duration"),
    ] {
        assert!(desk.refusal(args, code).contains(told), "{args:?}: {}", desk.refusal(args, code));
    }
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn commands_about_tasks_work_beside_a_server_on_a_file() {
    let database = Place::new("tasks-file-database");
    commands_work_beside_a_server("tasks-file", &format!("sqlite://{}/designia.db", database.0.display()));
}

#[test]
fn commands_about_tasks_work_beside_a_server_on_postgres() {
    let Some(server) = postgres() else { return };
    let database = server.fresh_database(None).unwrap();
    commands_work_beside_a_server("tasks-postgres", database.url());
}

#[test]
fn kinds_are_listed_without_a_database_and_one_in_memory_is_said_to_be_out_of_reach() {
    let place = Place::new("tasks-memory");
    let desk = Desk { place: &place, database: "memory:" };
    let kinds = desk.text(&["tasks", "kinds"]);
    for told in
        ["fetches the exchange rates of the day", "accounts.forget", "mail.resend", "chat.notify", "catalog.rescale"]
    {
        assert!(kinds.contains(told), "{told}: {kinds}");
    }
    for args in [&["tasks", "list"][..], &["schedules", "list"], &["workers"]] {
        let told = desk.refusal(args, 1);
        assert!(told.starts_with("error: DATABASE_URL: a database in memory is reached by its server alone"), "{told}");
    }
    assert_eq!(std::fs::read_dir(&place.0).unwrap().count(), 0, "asking leaves nothing behind");
}

/// A node that shares database and Stripe with others.
fn node(place: &Place, database: &str, stripe: &Sandbox, args: &[&str]) -> Server {
    let settings = [
        ("DATABASE_URL", database),
        ("JWT_SECRET", "a secret of at least thirty-two bytes"),
        ("STRIPE_SECRET_KEY", "sk_test_x"),
        ("STRIPE_WEBHOOK_SECRET", SECRET),
        ("STRIPE_API_BASE", &stripe.base_url()),
    ];
    Server::run_until(place.command(args).envs(settings), "Roles")
}

/// A worker is killed in the middle of a task: another has finished it when the lease and ten seconds are over. `elsewhere` says
/// where tasks are if they are not in the database.
async fn a_killed_worker_has_an_heir(name: &str, database: &str, elsewhere: &[&str]) {
    let stripe = Sandbox::builder().start().await.unwrap();
    let places = ["1", "2", "desk"].map(|who| Place::new(&format!("{name}-{who}")));
    let desk = Desk { place: &places[2], database };
    let ask = |args: &[&str]| desk.json(&[args, elsewhere].concat());
    let state_of = |id: &str| ask(&["tasks", "show", id])["state"].as_str().unwrap().to_owned();
    let (queues, slots) = (["worker", "--queues", "payment_tasks"], ["--concurrency", "2"]);
    let mut dying = node(&places[0], database, &stripe, &[&queues[..], &slots, elsewhere].concat());
    // The provider answers when nobody waits for it any more.
    stripe.faults().add(Fault::once(FaultKind::DelayReply { millis: 60_000 }).on("GET", "/v1/events"));
    let asked = ask(&["tasks", "run", "payments.reconcile"]);
    let id = asked["task_id"].as_str().unwrap();
    while state_of(id) == "PENDING" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    dying.child.kill().unwrap();
    dying.child.wait().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the time that passes is what is tested")]
    let killed = Instant::now();
    let heir = node(&places[1], database, &stripe, &[&queues[..], elsewhere].concat());
    while state_of(id) != "SUCCESS" {
        assert!(killed.elapsed() < Duration::from_secs(40), "not finished after the lease and ten seconds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    eprintln!("finished {:.1?} after the kill", killed.elapsed());
    let task = ask(&["tasks", "show", id]);
    assert_eq!(task["attempts"], 2, "{task}");
    assert!(task["failures"][0]["error"].as_str().unwrap().contains("the worker vanished"), "{task}");
    let workers = ask(&["workers"]);
    let slots = |pid: u32| {
        let found = workers["results"].as_array().unwrap().iter().find(|it| it["pid"] == pid);
        found.map(|it| (it["slots"].as_u64(), it["queues"].clone()))
    };
    assert_eq!(slots(heir.child.id()), Some((Some(16), serde_json::json!(["payment_tasks"]))), "{workers}");
    assert_eq!(heir.terminate(), Some(0));
    let workers = ask(&["workers"]);
    let left = workers["results"].as_array().unwrap();
    assert!(left.iter().all(|it| it["phase"] != "working"), "who has stopped says so: {workers}");
}

/// A worker that is told to stop while it waits for the provider, and what its task has come to.
async fn stopped_at_work(name: &str, grace: &str, answers_after_millis: u64) -> Option<Value> {
    let server = postgres()?;
    let database = server.fresh_database(None).unwrap();
    let stripe = Sandbox::builder().start().await.unwrap();
    let places = [Place::new(name), Place::new(&format!("{name}-desk"))];
    let desk = Desk { place: &places[1], database: database.url() };
    let args = ["worker", "--queues", "payment_tasks", "--shutdown-grace", grace];
    let worker = node(&places[0], database.url(), &stripe, &args);
    let reply = FaultKind::DelayReply { millis: answers_after_millis };
    stripe.faults().add(Fault::once(reply).on("GET", "/v1/events"));
    let asked = desk.json(&["tasks", "run", "payments.reconcile"]);
    let id = asked["task_id"].as_str().unwrap();
    while state_of(&desk, id) == "PENDING" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(state_of(&desk, id), "STARTED");
    assert_eq!(worker.terminate(), Some(0), "it stops in order");
    Some(desk.json(&["tasks", "show", id]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_stop_finishes_what_it_runs_if_there_is_time() {
    let Some(task) = stopped_at_work("tasks-term-long", "60s", 3_000).await else { return };
    assert_eq!((&task["state"], &task["attempts"]), (&"SUCCESS".into(), &1.into()), "{task}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_stop_hands_back_what_outlasts_its_grace_uncounted() {
    let Some(task) = stopped_at_work("tasks-term-short", "200ms", 60_000).await else { return };
    assert_eq!((&task["state"], &task["attempts"]), (&"PENDING".into(), &0.into()), "{task}");
    assert_eq!(task["note"], "its worker stopped", "{task}");
    assert_eq!(task["failures"].as_array().unwrap().len(), 0, "{task}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_was_running_is_finished_by_another_within_its_lease_and_ten_seconds_on_a_file() {
    let database = Place::new("tasks-killed-file-database");
    let url = format!("sqlite://{}/designia.db", database.0.display());
    a_killed_worker_has_an_heir("tasks-killed-file", &url, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_was_running_is_finished_by_another_within_its_lease_and_ten_seconds_on_postgres() {
    let Some(server) = postgres() else { return };
    let database = server.fresh_database(None).unwrap();
    a_killed_worker_has_an_heir("tasks-killed-postgres", database.url(), &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_was_running_is_finished_by_another_within_its_lease_and_ten_seconds_in_redis() {
    let Some(redis) = PrivateRedis::builder().persistence(Persistence::Always).launch_or_skip() else { return };
    let database = Place::new("tasks-killed-redis-database");
    let url = format!("sqlite://{}/designia.db", database.0.display());
    a_killed_worker_has_an_heir("tasks-killed-redis", &url, &["--redis-url", &redis.url()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_was_running_is_finished_by_another_within_its_lease_and_ten_seconds_in_redis_beside_postgres()
 {
    let Some(server) = postgres() else { return };
    let Some(redis) = PrivateRedis::builder().persistence(Persistence::Always).launch_or_skip() else { return };
    let database = server.fresh_database(None).unwrap();
    a_killed_worker_has_an_heir("tasks-killed-redis-postgres", database.url(), &["--redis-url", &redis.url()]).await;
}

#[test]
fn doctor_tells_a_redis_that_tasks_can_be_trusted_to_from_one_that_it_can_not() {
    let place = Place::new("tasks-doctor");
    let examined = |url: &str| {
        let mut command = place.command(&["doctor", "--database-url", "memory:"]);
        let output = command.env("REDIS_URL", url).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let kept = PrivateRedis::builder().persistence(Persistence::EverySecond);
    let Some(redis) = kept.setting("maxmemory-policy", "noeviction").launch_or_skip() else { return };
    let (is_well, told) = examined(&redis.url());
    assert!(is_well && told.lines().any(|line| line.starts_with("ok    redis") && line.contains("Redis ")), "{told}");
    let url = redis.url();
    redis.stop().unwrap();
    let (is_well, told) = examined(&url);
    assert!(!is_well && told.lines().any(|line| line.starts_with("WRONG redis")), "{told}");
    assert!(!told.contains(redis.password()), "{told}");
    let forgetful = PrivateRedis::builder().setting("maxmemory", "100mb").setting("maxmemory-policy", "allkeys-lru");
    let Some(redis) = forgetful.launch_or_skip() else { return };
    let (is_well, told) = examined(&redis.url());
    assert!(
        !is_well && told.lines().any(|line| line.starts_with("WRONG redis") && line.contains("allkeys-lru")),
        "{told}"
    );
}
