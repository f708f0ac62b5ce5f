//! CPU time of this process and of a Postgres on the same machine, from `/proc`.

use std::fs;

use sqlx::PgPool;

/// The kernel counts in hundredths of a second, on every Linux there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// What this process has used, in seconds.
pub fn own() -> f64 {
    stat("self").map_or(f64::NAN, |stat| stat.ticks / TICKS_PER_SECOND)
}

/// A Postgres server, by its first process; unknown if it is on another machine.
pub struct Server {
    postmaster: Option<u32>,
}

impl Server {
    pub async fn of(pool: &PgPool) -> Self {
        let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(pool).await.expect("a backend");
        let postmaster = stat(&backend.to_string()).filter(|it| it.name.starts_with("postgres")).map(|it| it.parent);
        Self { postmaster }
    }

    /// What all its processes have used, ended ones included, in seconds; not a number if that can't be known.
    pub fn used(&self) -> f64 {
        let Some(postmaster) = self.postmaster else { return f64::NAN };
        let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
        let stats = processes.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            stat(&pid.to_string()).map(|stat| (pid, stat))
        });
        let ticks = stats.map(|(pid, stat)| match pid == postmaster {
            true => stat.ticks + stat.children_ticks,
            false if stat.parent == postmaster => stat.ticks,
            false => 0.0,
        });
        ticks.sum::<f64>() / TICKS_PER_SECOND
    }
}

struct Stat {
    name: String,
    parent: u32,
    ticks: f64,
    children_ticks: f64,
}

fn stat(process: &str) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (before, after) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = after.split(' ').collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some(Stat {
        name: before.split_once('(')?.1.to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        ticks: ticks(11)? + ticks(12)?,
        children_ticks: ticks(13)? + ticks(14)?,
    })
}
