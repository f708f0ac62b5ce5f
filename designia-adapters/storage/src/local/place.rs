//! What is done to the folder, one blocking step after the other.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use designia_core::ports::ObjectKey;

use super::fresh_name;

/// Where files are written before they get their name. No key begins like this.
const INCOMING: &str = ".incoming";

/// How old a half-written file must be to belong to nobody.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a name is tried that another process may have taken.
const TRIES: u32 = 1_000;

/// A folder that is ours.
#[derive(Debug)]
pub(super) struct Place {
    folder: PathBuf,
}

impl Place {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // From here on the folder itself may be reached through links, and nothing in it.
        let place = Self { folder: folder.canonicalize()? };
        make_folder(&place.incoming())?;
        place.tidy()?;
        Ok(place)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn write(&self, key: &ObjectKey, content: &[u8]) -> io::Result<()> {
        let target = self.path(key, make_folder)?;
        let (path, mut file) = self.incoming_file()?;
        let written = file
            .write_all(content)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&path, &target))
            .and_then(|()| target.parent().map_or(Ok(()), flush_folder));
        if written.is_err() {
            // The error of the write is the one to tell.
            let _ = fs::remove_file(&path);
        }
        written
    }

    pub(super) fn read(&self, key: &ObjectKey) -> io::Result<Option<Vec<u8>>> {
        let read = self.path(key, look_at_folder).and_then(|path| {
            let metadata = fs::symlink_metadata(&path)?;
            if metadata.is_file() { fs::read(&path) } else { Err(strange(&path, &metadata)) }
        });
        absent_is_none(read)
    }

    pub(super) fn remove(&self, key: &ObjectKey) -> io::Result<()> {
        absent_is_none(self.path(key, look_at_folder).and_then(fs::remove_file)).map(drop)
    }

    /// Where the key's file is, through folders that are looked at one by one.
    fn path(&self, key: &ObjectKey, enter: fn(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
        let mut path = self.folder.clone();
        let mut segments = key.as_str().split('/').peekable();
        while let Some(segment) = segments.next() {
            path.push(segment);
            if segments.peek().is_some() {
                enter(&path)?;
            }
        }
        Ok(path)
    }

    fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// A new file that no other process writes to: several may share the folder, and one may have an id that another had.
    fn incoming_file(&self) -> io::Result<(PathBuf, File)> {
        let mut tries = 0;
        loop {
            let path = self.incoming().join(fresh_name());
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((path, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes what nobody is writing any more.
    fn tidy(&self) -> io::Result<()> {
        let now = self.file_systems_clock()?;
        for entry in fs::read_dir(self.incoming())? {
            let entry = entry?;
            let age = entry.metadata().and_then(|it| it.modified()).map(|then| now.duration_since(then));
            if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// What time it is where the files are, which need not be this machine.
    fn file_systems_clock(&self) -> io::Result<SystemTime> {
        let (path, file) = self.incoming_file()?;
        let now = file.metadata()?.modified()?;
        fs::remove_file(path)?;
        Ok(now)
    }
}

/// Makes a folder unless it is there. Several may do so at once.
fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => path.parent().map_or(Ok(()), flush_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => look_at_folder(path),
        Err(error) => Err(error),
    }
}

/// Follows no link.
fn look_at_folder(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() { Ok(()) } else { Err(strange(path, &metadata)) }
}

fn strange(path: &Path, metadata: &Metadata) -> io::Error {
    let what = if metadata.is_symlink() { "a symbolic link" } else { "not what its key says" };
    io::Error::new(ErrorKind::InvalidData, format!("`{}` is {what}, and is left alone", path.display()))
}

fn absent_is_none<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A name that was given survives a crash when its folder has been flushed.
#[cfg(unix)]
fn flush_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere folders can't be opened, and the file system sees to it.
#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_half_written_is_removed_after_a_day_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::open(folder.path()).unwrap();
        let now = place.file_systems_clock().unwrap();
        for (name, age) in
            [("old", ABANDONED + Duration::from_secs(60)), ("young", ABANDONED - Duration::from_secs(600))]
        {
            let file = File::create(place.incoming().join(name)).unwrap();
            file.set_modified(now - age).unwrap();
        }
        Place::open(folder.path()).unwrap();
        let left: Vec<_> = fs::read_dir(place.incoming()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["young"]);
    }
}
