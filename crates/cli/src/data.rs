//! `iii data check`, `iii data backup` and `iii data restore`: what an engine keeps.

use crate::connect::{self, Engine};
use crate::failure::Failure;
use crate::output;
use clap::{Args, Subcommand};
use iii_host::data::{self, BackupError, CheckError, OpenError, RestoreError};
use iii_kit::{Payload, RawTriggerRequest};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an engine may take for a copy.
const COPY_MAX: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at everything that a stopped engine has kept, and tell whether it is sound
    Check(Options),
    /// Copy what an engine keeps into a folder of its own, also while it runs
    Backup {
        /// Folder for the copy; made if it is not there
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,

        #[command(flatten)]
        options: Options,

        #[command(flatten)]
        engine: Engine,
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

    fn tell(&self, text: &str, outcome: &Value) -> Result<(), Failure> {
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
        Command::Backup {
            to,
            options,
            engine,
        } => backup(&to, &options, &engine),
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

fn backup(to: &Path, options: &Options, engine: &Engine) -> Result<(), Failure> {
    let to = std::path::absolute(to)
        .map_err(|error| Failure::failed(format!("cannot use `{}`: {error}", to.display())))?;
    let folder = options.folder()?;
    let outcome = match data::check(&folder) {
        Ok(_) => copy(&folder, &to)?,
        // The one who uses it can copy it.
        Err(CheckError::Open(OpenError::InUse { .. })) => ask_for_copy(&to, engine)?,
        // A copy of what is damaged would be no backup.
        Err(error) => return Err(check_failed(error)),
    };
    let number = |key: &str| outcome[key].as_u64().unwrap_or_default();
    let (entries, bytes) = (number("entries"), number("bytes"));
    let text = format!("`{}`: {entries} entries, {bytes} bytes", to.display());
    options.tell(&text, &outcome)
}

/// Copies what a stopped engine has kept.
fn copy(folder: &Path, to: &Path) -> Result<Value, Failure> {
    let backup = data::backup(folder, to).map_err(|error| match error {
        BackupError::Exists(_) => {
            Failure::failed(error.to_string()).hint("name an empty folder with `--to`")
        }
        error => Failure::failed(error.to_string()),
    })?;
    Ok(json!({ "folder": to, "entries": backup.entries, "bytes": backup.bytes }))
}

/// Lets the engine that runs copy what it keeps.
fn ask_for_copy(to: &Path, engine: &Engine) -> Result<Value, Failure> {
    let input = json!({ "to": to }).to_string();
    let request = RawTriggerRequest::new(
        "engine::data::backup",
        Some(Payload::from_trusted(input.into_bytes().into())),
    );
    let answer = connect::block_on(connect::call(engine, request.timeout(COPY_MAX)))?;
    let answer = answer.ok_or_else(|| Failure::failed("the engine answered nothing"))?;
    serde_json::from_slice(answer.as_bytes())
        .map_err(|error| Failure::failed(format!("the engine's answer cannot be read: {error}")))
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
