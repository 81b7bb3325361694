//! `iii data check`, `iii data backup` and `iii data restore`: what a stopped engine has kept.

use crate::failure::Failure;
use crate::output;
use clap::{Args, Subcommand};
use iii_host::data::{self, BackupError, CheckError, OpenError, RestoreError};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at everything that a stopped engine has kept, and tell whether it is sound
    Check(Options),
    /// Copy what a stopped engine has kept into a folder of its own
    Backup {
        /// Folder for the copy; made if it is not there
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,

        #[command(flatten)]
        options: Options,
    },
    /// Make the data of an engine that has none of a backup
    Restore {
        /// Folder of the backup
        #[arg(long, value_name = "FOLDER")]
        from: PathBuf,

        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Configuration file whose `data_dir` is meant. Default: as for `iii serve`
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The folder itself, for example that of a backup or of `iii worker run`. Default: `store` in
    /// the `data_dir` of the configuration
    #[arg(long, value_name = "FOLDER", conflicts_with = "config")]
    folder: Option<PathBuf>,

    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    fn folder(&self) -> Result<PathBuf, Failure> {
        if let Some(folder) = &self.folder {
            return Ok(folder.clone());
        }
        let config = iii_host::load(self.config.as_deref())?;
        Ok(data::folder(&config.data_dir))
    }

    fn tell(&self, text: &str, outcome: &serde_json::Value) -> Result<(), Failure> {
        if self.json {
            output::data(&format!("{outcome}\n"))
        } else {
            output::data(&format!("{text}\n"))
        }
    }
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Check(options) => check(&options),
        Command::Backup { to, options } => backup(to, &options),
        Command::Restore { from, options } => restore(from, &options),
    }
}

fn check(options: &Options) -> Result<(), Failure> {
    let folder = options.folder()?;
    let checked = data::check(&folder).map_err(check_failed)?;
    let records = checked.records;
    let text = format!("`{}` is sound", folder.display());
    options.tell(&text, &json!({ "folder": folder, "records": records }))
}

fn backup(to: PathBuf, options: &Options) -> Result<(), Failure> {
    let folder = options.folder()?;
    // A copy of what is damaged would be no backup.
    data::check(&folder).map_err(check_failed)?;
    let backup = data::backup(&folder, &to).map_err(|error| match error {
        BackupError::Exists(_) => {
            Failure::failed(error.to_string()).hint("name an empty folder with `--to`")
        }
        error => Failure::failed(error.to_string()),
    })?;
    let (entries, bytes) = (backup.entries, backup.bytes);
    let text = format!("`{}`: {entries} entries, {bytes} bytes", to.display());
    let outcome = json!({ "folder": to, "entries": entries, "bytes": bytes });
    options.tell(&text, &outcome)
}

fn restore(from: PathBuf, options: &Options) -> Result<(), Failure> {
    let folder = options.folder()?;
    data::restore(&from, &folder).map_err(|error| match error {
        RestoreError::Exists(_) => Failure::failed(error.to_string())
            .hint("move it away first, or name another folder with `--folder`"),
        RestoreError::Backup(error) => check_failed(error),
        RestoreError::InUse(error) => open_failed(&error),
        error => Failure::failed(error.to_string()),
    })?;
    let text = format!("`{}` is made of `{}`", folder.display(), from.display());
    options.tell(&text, &json!({ "folder": folder, "from": from }))
}

fn check_failed(error: CheckError) -> Failure {
    match error {
        CheckError::Missing(_) => Failure::failed(error.to_string())
            .hint("name the folder with `--folder`, or the configuration with `--config`"),
        CheckError::Open(error) => open_failed(&error),
        error => Failure::failed(error.to_string()).hint("restore a backup"),
    }
}

fn open_failed(error: &OpenError) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        OpenError::InUse { .. } => failure.hint("stop the engine first"),
        error => failure.hint(error.hint()),
    }
}
