//! An engine with its workers, from start to stop.

use crate::backends::Backends;
use crate::config::{Config, WorkerEntry};
use crate::crew::Crew;
use crate::data::{self, DataWorker};
use crate::doors::{self, Doors};
use crate::reload::{Difference, Reloaded};
use crate::start_error::StartError;
use crate::{operator_token, tables, tasks};
use iii_engine::{Engine, ReservedOnly};
use iii_kit::{Attached, Worker};
use std::sync::Arc;
use std::time::Duration;

/// How long idle workers may take to say goodbye once all calls had their time.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A running engine with the workers of its configuration.
pub struct Host {
    engine: Arc<Engine>,
    crew: Crew,
    backends: Backends,
    /// The worker `iii-data`.
    data: Option<Attached>,
    doors: Doors,
    /// What is in force; after a reload partly the new configuration, partly the old.
    config: Config,
    warnings: Vec<String>,
}

impl Host {
    /// Starts the engine, then the workers in the order of the configuration, then the listeners,
    /// so that whoever can connect finds everything in place.
    ///
    /// # Errors
    /// The first part that does not start; the parts before it are stopped again.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        for listener in &config.listeners {
            doors::check_free(listener)?;
        }
        let mut warnings = Vec::new();
        let operator_token = match operator_token::read_or_create(&config.data_dir) {
            Ok(token) => Some(token),
            Err(error) => {
                warnings.push(format!("{error}; nobody can connect as operator"));
                None
            }
        };
        let engine = Arc::new(Engine::start(engine_config(&config))?);
        let drain_timeout = Duration::from_millis(config.limits.drain_timeout_ms);
        let backends = Backends::in_folder(data::folder(&config.data_dir), config.store.clone());
        let mut host = Self {
            crew: Crew::new(Arc::clone(&engine), backends.clone(), drain_timeout),
            backends,
            data: None,
            doors: Doors::new(Arc::clone(&engine), operator_token),
            engine,
            config,
            warnings,
        };
        match host.open().await {
            Ok(()) => Ok(host),
            Err(error) => {
                host.stop().await;
                Err(error)
            }
        }
    }

    async fn open(&mut self) -> Result<(), StartError> {
        for entry in &self.config.workers {
            let started = self.crew.start(entry).await;
            started.map_err(|reason| StartError::Worker {
                name: entry.name,
                reason,
            })?;
        }
        let data = DataWorker::new(self.backends.clone());
        let attached = self.attach(Box::new(data)).await;
        let attached = attached.map_err(|reason| StartError::Worker {
            name: DataWorker::NAME,
            reason,
        })?;
        self.data = Some(attached);
        for listener in &self.config.listeners {
            self.doors.open(listener)?;
        }
        Ok(())
    }

    /// Runs another worker in this process, beside those of the configuration. It is the caller's
    /// to stop.
    ///
    /// # Errors
    /// What the worker's start failed with.
    pub async fn attach(&self, worker: Box<dyn Worker>) -> Result<Attached, iii_kit::StartError> {
        tasks::attach(&self.engine, 0, worker).await
    }

    /// Brings the running workers and listeners to a new configuration.
    ///
    /// Removed workers are drained first, since another may want their ports; then changed ones are
    /// replaced and new ones started, then the listeners follow. What fails is reported and leaves
    /// the rest in force. Root keys that are read at the start only are reported too.
    pub async fn reload(&mut self, new: Config) -> Reloaded {
        let difference = Difference::between(&self.config, &new);
        let mut reloaded = Reloaded {
            needs_restart: difference.needs_restart,
            ..Reloaded::default()
        };
        for name in difference.removed {
            self.crew.remove(name).await;
            self.forget(name);
            reloaded.removed.push(name);
        }
        for entry in new.workers {
            let name = entry.name;
            if difference.changed.contains(&name) {
                match self.replace(entry).await {
                    Ok(()) => reloaded.changed.push(name),
                    Err(reason) => reloaded.failed.push((name, reason)),
                }
            } else if difference.added.contains(&name) {
                match self.crew.start(&entry).await {
                    Ok(()) => {
                        self.config.workers.push(entry);
                        reloaded.added.push(name);
                    }
                    Err(reason) => reloaded.failed.push((name, reason.to_string())),
                }
            }
        }
        if self.config.listeners != new.listeners {
            let failed = self.doors.become_like(&new.listeners).await;
            reloaded.listeners_changed = failed.is_empty();
            let failed = failed
                .into_iter()
                .map(|error| ("listeners", error.to_string()));
            reloaded.failed.extend(failed);
            self.config.listeners = self.doors.configurations();
        }
        reloaded
    }

    async fn replace(&mut self, new: WorkerEntry) -> Result<(), String> {
        let known = self.config.workers.iter_mut();
        let Some(old) = known.into_iter().find(|known| known.name == new.name) else {
            return Ok(());
        };
        match self.crew.replace(old, &new).await {
            Ok(()) => {
                *old = new;
                Ok(())
            }
            Err(error) => {
                if error.is_lost() {
                    // Not running any more: the next reload shall start it anew.
                    self.forget(new.name);
                }
                Err(error.to_string())
            }
        }
    }

    fn forget(&mut self, name: &str) {
        self.config.workers.retain(|known| known.name != name);
    }

    /// What is in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where workers connect: the listeners as `ws://` and `wss://`, in the order of the
    /// configuration.
    pub fn urls(&self) -> Vec<String> {
        self.doors.urls()
    }

    /// The running workers, and where those listen that do.
    pub fn workers(&self) -> Vec<(&'static str, Option<String>)> {
        self.crew.list()
    }

    /// What did not work although the engine runs.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Stops in order: the listeners, the workers that listen, then running calls may finish,
    /// then the other workers and the engine. Says whether all calls had ended within
    /// `drain_timeout_ms`.
    pub async fn stop(mut self) -> bool {
        let limit = Duration::from_millis(self.config.limits.drain_timeout_ms);
        self.doors.close();
        let ending = async {
            self.crew.stop_listening().await;
            self.engine.drain(limit).await
        };
        let all_ended = tokio::time::timeout(limit, ending).await;
        // Nothing runs any more, or it had its time.
        let last_words = async {
            if let Some(data) = self.data.take() {
                data.stop(LAST_WORDS).await;
            }
            self.crew.stop().await;
        };
        let _ = tokio::time::timeout(LAST_WORDS, last_words).await;
        self.engine.stop().await;
        all_ended.unwrap_or(false)
    }
}

fn engine_config(config: &Config) -> iii_engine::Config {
    iii_engine::Config {
        threads: config.threads.map_or(0, std::num::NonZero::get),
        limits: config.limits.clone(),
        tables: tables::tables(),
        authorizer: Arc::new(ReservedOnly {
            names: tables::reserved_names(),
            operator_functions: tables::operator_functions(),
        }),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..iii_engine::Config::default()
    }
}
