//! The state file: the whole world as JSON, replaced atomically after every change.
//!
//! A reply waits for its own change to be in the file, so what a client was told is never forgotten; changes that come
//! while a file is being written share the next one.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::shared::Shared;
use crate::world::World;

/// Reads a state file. A missing one is a fresh start; a broken one is an error, not a fresh start.
pub(crate) fn load(path: &Path) -> io::Result<Option<World>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut world: World =
        serde_json::from_slice(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    world.queue.recover();
    Ok(Some(world))
}

/// Saves after every change, for as long as it is polled.
pub(crate) async fn run(shared: Arc<Shared>, path: PathBuf) {
    let mut changes = shared.changes.subscribe();
    changes.mark_changed();
    while changes.changed().await.is_ok() {
        let count = *changes.borrow_and_update();
        save(&shared, &path);
        if let Some(saved) = &shared.saved {
            saved.send_replace(count);
        }
    }
}

/// Writes the file now. A failure is told and survived: the sandbox goes on without its memory.
pub(crate) fn save(shared: &Shared, path: &Path) {
    let written = serde_json::to_vec(&*shared.lock()).map_err(io::Error::from).and_then(|text| replace(path, &text));
    if let Err(error) = written {
        tracing::error!(%error, path = %path.display(), "the sandbox's state was not saved");
    }
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let mut file = private(Path::new(&temporary))?;
    file.write_all(text)?;
    drop(file);
    fs::rename(&temporary, path)
}

/// The file holds signing secrets: nobody else's business.
fn private(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
