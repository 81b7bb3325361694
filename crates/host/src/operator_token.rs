//! The operator token: a file that only its owner can read, and that marks local operators.
//!
//! Whoever can read the file may do what the owner of the data folder may do. The engine makes it
//! when there is none; commands on the same machine read it and present it.

use crate::config::Token;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Name of the file in the data folder.
const FILE_NAME: &str = "operator-token";
/// 256 bits: it cannot be guessed.
const TOKEN_BYTES: usize = 32;
/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 1024;
/// Read and write for the owner, nothing for others.
const MODE: u32 = 0o600;

/// Why there is no operator token.
#[derive(Debug, thiserror::Error)]
#[error("the operator token `{}` is not usable: {reason}", path.display())]
pub struct OperatorTokenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads the operator token of a data folder; none when there is none.
///
/// # Errors
/// The file cannot be read, others may read it too, or it holds no token.
pub fn read_operator_token(data_dir: &Path) -> Result<Option<Token>, OperatorTokenError> {
    let path = data_dir.join(FILE_NAME);
    let refuse = |reason: String| OperatorTokenError {
        path: path.clone(),
        reason,
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let mode = file
        .metadata()
        .map_err(|error| refuse(error.to_string()))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        let reason = "others may read it; delete it, and the engine makes a new one at its start";
        return Err(refuse(reason.to_owned()));
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| refuse(error.to_string()))?;
    Token::new(text.trim().to_owned())
        .map(Some)
        .ok_or_else(|| refuse("it holds no token; delete it and start the engine again".to_owned()))
}

/// Reads the operator token of a data folder, and makes folder and token when they are missing.
///
/// Two engines that start at the same moment end up with the same token: the file appears with its
/// whole content, and only where none was.
///
/// # Errors
/// As [`read_operator_token`]; or the file cannot be written.
pub(crate) fn read_or_create(data_dir: &Path) -> Result<Token, OperatorTokenError> {
    if let Some(token) = read_operator_token(data_dir)? {
        return Ok(token);
    }
    let path = data_dir.join(FILE_NAME);
    create(data_dir, &path).map_err(|error| OperatorTokenError {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    read_operator_token(data_dir)?.ok_or_else(|| OperatorTokenError {
        path,
        reason: "it vanished".to_owned(),
    })
}

fn create(data_dir: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(data_dir)?;
    let secret = random_hex()?;
    let temporary = data_dir.join(format!("{FILE_NAME}.{}", &random_hex()?[..16]));
    let written =
        write_new(&temporary, &secret).and_then(|()| match fs::hard_link(&temporary, path) {
            // Another engine was faster: its token is the token.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let removed = fs::remove_file(&temporary);
    written.and(removed)
}

fn write_new(path: &Path, secret: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}

fn random_hex() -> io::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut text = String::with_capacity(2 * TOKEN_BYTES);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("a/b");
        assert!(read_operator_token(&data_dir).unwrap().is_none());
        let token = read_or_create(&data_dir).unwrap();
        assert_eq!(token.reveal().len(), 64);
        assert_eq!(read_or_create(&data_dir).unwrap(), token);
        assert_eq!(read_operator_token(&data_dir).unwrap(), Some(token));
        let mode = fs::metadata(data_dir.join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, MODE);
        assert_eq!(
            fs::read_dir(&data_dir).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn engines_that_start_together_agree() {
        let folder = tempfile::tempdir().unwrap();
        let tokens: BTreeSet<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| read_or_create(folder.path()).unwrap()))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap().reveal().to_owned())
                .collect()
        });
        assert_eq!(tokens.len(), 1);
    }

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        read_or_create(folder.path()).unwrap();
        let path = folder.path().join(FILE_NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read_or_create(folder.path()).unwrap_err().to_string();
        assert!(error.contains("others may read it"), "{error}");
    }
}
