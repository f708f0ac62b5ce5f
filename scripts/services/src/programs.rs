//! Where the services' programs are: Debian keeps Postgres out of the path, Homebrew in a place for each version.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;

/// The directory with `initdb` and `postgres`; `PG_BINDIR` overrules every search.
pub(crate) fn postgres() -> Result<PathBuf, Error> {
    let missing = Error::Missing { program: "the postgres server (initdb, postgres)" };
    if let Some(given) = env::var_os("PG_BINDIR") {
        return Some(PathBuf::from(given)).filter(|directory| has_postgres(directory)).ok_or(missing);
    }
    pg_config()
        .into_iter()
        .chain(newest("/usr/lib/postgresql", ""))
        .chain(newest("/opt/homebrew/opt", "postgresql@"))
        .chain(newest("/usr/local/opt", "postgresql@"))
        .chain(newest("/Applications/Postgres.app/Contents/Versions", ""))
        .chain(path())
        .find(|directory| has_postgres(directory))
        .ok_or(missing)
}

/// A program by its name; daemons are in directories that a user's path may lack.
pub(crate) fn named(program: &'static str) -> Result<PathBuf, Error> {
    let more = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"].map(PathBuf::from);
    path()
        .chain(more)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
        .ok_or(Error::Missing { program })
}

/// Chromium, or Chrome where that is what chromedriver comes with.
pub(crate) fn chromium() -> Result<PathBuf, Error> {
    let applications = ["Chromium", "Google Chrome"];
    let bundled = |name: &str| PathBuf::from(format!("/Applications/{name}.app/Contents/MacOS/{name}"));
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(|name| named(name).ok());
    found
        .or_else(|| applications.map(bundled).into_iter().find(|file| file.is_file()))
        .ok_or(Error::Missing { program: "chromium" })
}

fn has_postgres(directory: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| directory.join(program).is_file())
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end()))
}

/// The `bin` of each version in a directory, the highest version first.
fn newest(directory: &str, prefix: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, bin)| bin)
}

fn path() -> impl Iterator<Item = PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>().into_iter()
}
