//! What `iii serve` says: for people on stderr, and with `--json` for programs on stdout.

use crate::failure::Failure;
use crate::output::{data, talk};
use iii_host::{ConfigError, Host, Reloaded};
use serde::Serialize;
use std::path::Path;

pub(super) struct Report {
    json: bool,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event<'a> {
    /// The engine listens and its workers serve.
    Ready {
        version: &'a str,
        config: Option<String>,
        listeners: Vec<String>,
        workers: Vec<WorkerLine<'a>>,
    },
    /// A new configuration is in force, but for what `failed` and `needs_restart` say.
    Reloaded {
        changed: &'a [&'static str],
        removed: &'a [&'static str],
        added: &'a [&'static str],
        listeners_changed: bool,
        needs_restart: &'a [&'static str],
        failed: Vec<FailedLine<'a>>,
    },
    /// A new configuration was refused.
    NotReloaded { error: String },
}

#[derive(Serialize)]
struct WorkerLine<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

#[derive(Serialize)]
struct FailedLine<'a> {
    name: &'a str,
    error: &'a str,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) fn ready(&self, host: &Host) -> Result<(), Failure> {
        let config = host
            .config()
            .source
            .as_ref()
            .map(|path| path.display().to_string());
        let listeners = host.urls();
        let workers: Vec<WorkerLine<'_>> = host
            .workers()
            .into_iter()
            .map(|(name, address)| WorkerLine { name, address })
            .collect();
        let data_dir = &host.config().data_dir;
        talk(&ready_text(
            config.as_deref(),
            data_dir,
            &listeners,
            &workers,
        ));
        for warning in host.warnings() {
            talk(&format!("warning: {warning}"));
        }
        self.event(&Event::Ready {
            version: env!("CARGO_PKG_VERSION"),
            config,
            listeners,
            workers,
        })
    }

    pub(super) fn reloaded(
        &self,
        path: &Path,
        reloaded: &Reloaded,
        notices: &[String],
    ) -> Result<(), Failure> {
        for notice in notices {
            talk(&format!("note: {notice}"));
        }
        talk(&reloaded_text(path, reloaded));
        self.event(&Event::Reloaded {
            changed: &reloaded.changed,
            removed: &reloaded.removed,
            added: &reloaded.added,
            listeners_changed: reloaded.listeners_changed,
            needs_restart: &reloaded.needs_restart,
            failed: reloaded
                .failed
                .iter()
                .map(|(name, error)| FailedLine { name, error })
                .collect(),
        })
    }

    pub(super) fn not_reloaded(&self, error: &ConfigError) -> Result<(), Failure> {
        talk(&format!(
            "error: {error}\nnote: the running configuration stays in force"
        ));
        self.event(&Event::NotReloaded {
            error: error.to_string(),
        })
    }

    fn event(&self, event: &Event<'_>) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let line = serde_json::to_string(event)
            .map_err(|error| Failure::failed(format!("cannot write the event: {error}")))?;
        data(&format!("{line}\n"))
    }
}

fn ready_text(
    config: Option<&str>,
    data_dir: &Path,
    listeners: &[String],
    workers: &[WorkerLine<'_>],
) -> String {
    let configuration = config.unwrap_or("none, so all workers of this build run on 127.0.0.1");
    let workers = workers
        .iter()
        .map(|worker| match &worker.address {
            Some(address) => format!("{} ({address})", worker.name),
            None => worker.name.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(", ");
    let workers = if workers.is_empty() { "none" } else { &workers };
    format!(
        "iii {}, configuration: {configuration}\n\
         workers: {workers}\n\
         data in `{}`, on the disk before it is acknowledged\n\
         listening on {}",
        env!("CARGO_PKG_VERSION"),
        data_dir.display(),
        listeners.join(", "),
    )
}

fn reloaded_text(path: &Path, reloaded: &Reloaded) -> String {
    let path = path.display();
    if reloaded.is_nothing() {
        return format!("`{path}` was read again: nothing new");
    }
    let mut text = format!("`{path}` was read again:");
    for (word, names) in [
        ("changed", &reloaded.changed),
        ("removed", &reloaded.removed),
        ("added", &reloaded.added),
    ] {
        if !names.is_empty() {
            text.extend([" ", word, " ", &names.join(", "), ";"]);
        }
    }
    for (name, error) in &reloaded.failed {
        text.extend(["\nerror: `", name, "`: ", error]);
    }
    if reloaded.listeners_changed {
        text.push_str(" changed listeners;");
    }
    if !reloaded.needs_restart.is_empty() {
        let keys = reloaded.needs_restart.join("`, `");
        text.extend(["\nhint: restart the engine to apply `", &keys, "`"]);
    }
    text
}
