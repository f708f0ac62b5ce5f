//! Database servers refuse to run as root, so root runs them as somebody else.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::Error;

/// Who runs the services, if that isn't who runs us.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account(Option<(u32, u32)>);

impl Account {
    /// Ourselves, or for root the user `postgres`, else `nobody`.
    pub(crate) fn find() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd").map_err(Error::io("read the list of users"))?;
        let found = ["postgres", "nobody"].iter().find_map(|name| ids_of(name, &users));
        let reason = "root may not run a database, and there is no user postgres or nobody".to_owned();
        found.map(|ids| Self(Some(ids))).ok_or(Error::Refused { reason })
    }

    /// A command of this account, with an environment that no variable of ours changes.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Postgres on macOS refuses to start without a locale. The account may not be able to read where we are.
        command.env_clear().env("LC_ALL", "C").current_dir("/");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes this account the owner of a file or directory that we made.
    pub(crate) fn own(self, path: &Path) -> Result<(), Error> {
        let Self(Some((user, group))) = self else { return Ok(()) };
        chown(path, Some(user), Some(group)).map_err(Error::io(format!("give away {}", path.display())))
    }
}

/// The user and group of a name in the text of `/etc/passwd`.
fn ids_of(name: &str, users: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
    Some((ids.next()??, ids.next()??))
}

#[cfg(test)]
mod tests {
    use super::ids_of;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "postgresql:x:1:2::/:\npostgres:x:102:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(ids_of("postgres", users), Some((102, 104)));
        assert_eq!(ids_of("nobody", users), None);
    }
}
