//! What an installation keeps beside its database: the secret that signs its tokens.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::config::{Config, MIN_JWT_SECRET_BYTES, Secret};
use crate::edge;

/// File of the generated secret, in the data directory.
const SECRET_FILE: &str = "jwt-secret";

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// A file or directory cannot be made or read.
    #[error("DESIGNIA_DATA_DIR: {path}: {error}", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The kept secret is not one that this server wrote.
    #[error("DESIGNIA_DATA_DIR: {path}: holds fewer than {MIN_JWT_SECRET_BYTES} bytes; remove it and a new one is made, which ends all tokens", path = path.display())]
    ShortSecret {
        /// The file.
        path: PathBuf,
    },
    /// No secret can be made.
    #[error(transparent)]
    NoRandomness(#[from] edge::NoRandomness),
}

/// The secret that signs tokens: the configured one, or the one of this installation, made at its first start.
///
/// # Errors
///
/// When the data directory cannot be used.
pub fn jwt_secret(config: &Config) -> Result<Secret, InstallationError> {
    match &config.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => kept_secret(&config.data_dir),
    }
}

/// Makes the data directory, readable by this user only.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_data_dir(path: &Path) -> Result<(), InstallationError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| InstallationError::Io { path: path.to_owned(), error })
}

fn kept_secret(data_dir: &Path) -> Result<Secret, InstallationError> {
    make_data_dir(data_dir)?;
    let path = data_dir.join(SECRET_FILE);
    match write_new(&path, &hex::encode(edge::random_bytes::<32>()?)) {
        Ok(()) => tracing::info!(path = %path.display(), "made a secret for the tokens of this installation"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(InstallationError::Io { path, error }),
    }
    // Read back even when just written: of two processes that start at once, both use what one wrote.
    let text = fs::read_to_string(&path).map_err(|error| InstallationError::Io { path: path.clone(), error })?;
    match text.trim() {
        secret if secret.len() >= MIN_JWT_SECRET_BYTES => Ok(Secret::new(secret)),
        _ => Err(InstallationError::ShortSecret { path }),
    }
}

/// Writes a file that did not exist, whole or not at all: the text is linked into place when it is on the disk.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("designia-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_secret_of_an_installation_is_made_once_and_kept() {
        let dir = Scratch::new("secret");
        let first = kept_secret(&dir.0).unwrap();
        assert_eq!(kept_secret(&dir.0).unwrap(), first);
        assert_eq!(first.expose().len(), 64);
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 1, "no draft stays behind");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_secret() {
        use std::os::unix::fs::PermissionsExt;
        let dir = Scratch::new("mode");
        kept_secret(&dir.0).unwrap();
        assert_eq!(fs::metadata(dir.0.join(SECRET_FILE)).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&dir.0).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_secret_stops_the_start_and_is_not_replaced() {
        let dir = Scratch::new("damaged");
        make_data_dir(&dir.0).unwrap();
        fs::write(dir.0.join(SECRET_FILE), "short").unwrap();
        let error = kept_secret(&dir.0).unwrap_err().to_string();
        assert!(error.starts_with("DESIGNIA_DATA_DIR: ") && !error.contains("short\""), "{error}");
        assert_eq!(fs::read_to_string(dir.0.join(SECRET_FILE)).unwrap(), "short");
    }
}
