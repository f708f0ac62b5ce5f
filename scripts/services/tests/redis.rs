//! The promises about Redis that other suites build on, kept with the real program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use designia_services::{Persistence, PrivateRedis, private_redis_or_skip, redis};

/// What the server answers to a line, without a client library in between.
fn ask(port: u16, lines: &[&str]) -> std::io::Result<String> {
    let mut session = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    session.set_read_timeout(Some(Duration::from_secs(10)))?;
    for line in lines {
        session.write_all(format!("{line}\r\n").as_bytes())?;
    }
    session.write_all(b"QUIT\r\n")?;
    let mut answers = String::new();
    session.read_to_string(&mut answers)?;
    Ok(answers)
}

#[test]
fn a_server_has_a_password_and_its_address_says_it() {
    let Some(redis) = private_redis_or_skip() else { return };
    assert_eq!(redis.url(), format!("redis://:{}@127.0.0.1:{}", redis.password(), redis.port()));
    assert!(ask(redis.port(), &["PING"]).unwrap().starts_with("-NOAUTH"));
    let auth = format!("AUTH {}", redis.password());
    assert!(ask(redis.port(), &[&auth, "PING"]).unwrap().starts_with("+OK\r\n+PONG"));
}

#[test]
fn what_was_answered_survives_a_crash_if_it_is_to() {
    for (persistence, kept) in [(Persistence::Always, true), (Persistence::None, false)] {
        let Some(redis) = PrivateRedis::builder().persistence(persistence).launch_or_skip() else { return };
        let (auth, url, pid) = (format!("AUTH {}", redis.password()), redis.url(), redis.pid());
        ask(redis.port(), &[&auth, "SET word kept"]).unwrap();
        redis.kill().unwrap();
        assert!(redis.pid().is_none() && ask(redis.port(), &["PING"]).is_err());
        redis.start_again().unwrap();
        assert!(redis.pid() != pid && redis.url() == url);
        assert_eq!(ask(redis.port(), &[&auth, "GET word"]).unwrap().contains("kept"), kept, "{persistence:?}");
        redis.restart().unwrap();
        assert_eq!(ask(redis.port(), &[&auth, "GET word"]).unwrap().contains("kept"), kept, "{persistence:?}");
    }
}

#[test]
fn a_namespace_is_emptied_and_nothing_else() {
    let Some(shared) = redis() else { return };
    let Some((password, port)) = shared.url().strip_prefix("redis://:").and_then(|rest| rest.rsplit_once('@')) else {
        return;
    };
    let (Some(port), auth) = (port.split(':').nth(1).and_then(|port| port.parse().ok()), format!("AUTH {password}"))
    else {
        return;
    };
    let (ours, others) = (shared.fresh_namespace(), shared.fresh_namespace());
    assert!(ours.url().ends_with(&format!("?namespace={}", ours.name())) && ours.name() != others.name());
    let set = |name: &str| ask(port, &[&auth, &format!("SET {{{name}}}:key value")]).unwrap();
    let count = |name: &str| ask(port, &[&auth, &format!("EXISTS {{{name}}}:key")]).unwrap().contains(":1");
    set(ours.name());
    set(others.name());
    let name = ours.name().to_owned();
    drop(ours);
    assert!(!count(&name) && count(others.name()));
}

/// Not a test: the process that the next one kills, when it is asked to be that.
#[test]
fn redis_owner_to_be_killed() {
    if std::env::var_os("DESIGNIA_SERVICES_OWNER").is_none() {
        return;
    }
    let redis = PrivateRedis::start().unwrap();
    println!("pid {}", redis.pid().unwrap());
    std::thread::sleep(Duration::from_secs(120));
}

#[test]
fn kill_9_of_the_owner_leaves_nothing() {
    let Some(redis) = private_redis_or_skip() else { return };
    drop(redis);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "redis_owner_to_be_killed", "--nocapture"]).env("DESIGNIA_SERVICES_OWNER", "yes");
    let mut owner = command.stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(owner.stdout.take().unwrap()).lines();
    let pid = said.map_while(Result::ok).find_map(|line| Some(line.split_once("pid ")?.1.to_owned())).unwrap();
    let directory = std::env::temp_dir().join(format!("designia-redis-{}-0", owner.id()));
    assert!(directory.exists() && runs(&pid));

    owner.kill().unwrap();
    owner.wait().unwrap();

    let gone = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        !directory.exists() && !runs(&pid)
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
