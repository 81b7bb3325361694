//! The worker `iii-data`: what is kept, while it is in use.

use crate::backends::Backends;
use crate::tasks;
use iii_backend_local::BackupError;
use iii_kit::schemars::{self, JsonSchema};
use iii_kit::{
    BoxFuture, Client, Context, HandlerError, RegisterFunction, Running, StartError, Worker,
    WorkerOptions,
};
use iii_protocol::ErrorCode;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest time for which a copy is waited for by the engine.
const BACKUP_MAX: Duration = Duration::from_secs(24 * 3600);

/// Offers the functions about durable data. It runs in every engine and needs no settings.
pub(crate) struct DataWorker {
    backends: Backends,
}

/// Input of `engine::data::backup`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DataBackupInput")]
struct Input {
    /// Absolute path of the folder for the copy, on the machine of the engine; made if it is not
    /// there.
    to: PathBuf,
}

/// Output of `engine::data::backup`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DataBackupOutput")]
struct Output {
    /// Where the copy is.
    folder: PathBuf,
    /// Keys of all tables of the store.
    entries: u64,
    /// Bytes of them and their values.
    bytes: u64,
}

impl DataWorker {
    pub(crate) const NAME: &'static str = "iii-data";

    pub(crate) fn new(backends: Backends) -> Self {
        Self { backends }
    }
}

impl Worker for DataWorker {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new(Self::NAME).description("Copies of durable data while it is in use")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            let backends = self.backends;
            let is_busy = Arc::new(AtomicBool::new(false));
            let backup = RegisterFunction::new(move |input: Input, _: Context| {
                let (backends, is_busy) = (backends.clone(), Arc::clone(&is_busy));
                async move { backup(&backends, &is_busy, input.to).await }
            });
            let backup = backup
                .description(
                    "Copies all durable data, as it is at this moment, into a folder that \
                     `iii data restore` takes; for operators",
                )
                .timeout(BACKUP_MAX)
                .exclusive();
            client
                .register_function("engine::data::backup", backup)
                .await?;
            Ok(Running::idle())
        })
    }
}

async fn backup(
    backends: &Backends,
    is_busy: &Arc<AtomicBool>,
    to: PathBuf,
) -> Result<Output, HandlerError> {
    let refuse = |message: String| HandlerError::new(ErrorCode::InvalidArguments.as_str(), message);
    if !to.is_absolute() {
        let message = format!("`to` is `{}`, which is no absolute path", to.display());
        return Err(refuse(message));
    }
    let Some(store) = backends.store() else {
        return Err(refuse(
            "no worker of this engine keeps anything: there is nothing to copy".to_owned(),
        ));
    };
    let Some(turn) = Turn::take(is_busy) else {
        let message = "a copy is being made; wait until it is done";
        return Err(HandlerError::new(ErrorCode::Overloaded.as_str(), message));
    };
    let folder = to.clone();
    let copied = tasks::blocking(move || {
        // Also when whoever asked has gone away.
        let _turn = turn;
        store.backup(&folder)
    });
    let ended = copied.await;
    let copied = ended.map_err(|ended| HandlerError::new("BACKUP_ERROR", ended.to_string()))?;
    match copied {
        Ok(backup) => Ok(Output {
            folder: to,
            entries: backup.entries,
            bytes: backup.bytes,
        }),
        Err(error @ BackupError::Exists(_)) => Err(refuse(error.to_string())),
        Err(error) => Err(HandlerError::new("BACKUP_ERROR", error.to_string())),
    }
}

/// One copy at a time.
struct Turn(Arc<AtomicBool>);

impl Turn {
    fn take(is_busy: &Arc<AtomicBool>) -> Option<Self> {
        let was_busy = is_busy.swap(true, Ordering::AcqRel);
        (!was_busy).then(|| Self(Arc::clone(is_busy)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
