//! The workers of the configuration, running in this process.

use crate::backends::Backends;
use crate::built_in::Change;
use crate::config::WorkerEntry;
use crate::tasks;
use iii_engine::Engine;
use iii_kit::{Attached, StartError};
use std::sync::Arc;
use std::time::Duration;

/// The attached workers, in the order in which they were started.
pub(crate) struct Crew {
    engine: Arc<Engine>,
    backends: Backends,
    drain_timeout: Duration,
    running: Vec<Member>,
    /// Counts starts, to spread the workers over the engine's threads.
    started: usize,
}

struct Member {
    name: &'static str,
    /// Where it listens, if it does.
    address: Option<String>,
    attached: Attached,
    change: Option<Change>,
}

/// Why a worker does not run as a new configuration says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplaceError {
    /// The new one did not start; the old one runs on.
    #[error("{0}; it runs as before")]
    Kept(StartError),
    /// The new one did not start, and the old one could not be started again.
    #[error("{new}; its former settings do not work any more either: {old}")]
    Lost { new: StartError, old: StartError },
}

impl ReplaceError {
    /// Whether the worker does not run any more.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}

impl Crew {
    pub(crate) fn new(engine: Arc<Engine>, backends: Backends, drain_timeout: Duration) -> Self {
        Self {
            engine,
            backends,
            drain_timeout,
            running: Vec::new(),
            started: 0,
        }
    }

    pub(crate) async fn start(&mut self, entry: &WorkerEntry) -> Result<(), StartError> {
        let member = self.attach(entry).await?;
        self.running.push(member);
        Ok(())
    }

    /// Puts `new` in the place of `old`, the settings of the same worker.
    ///
    /// A worker that can take new settings while it runs does that. Else the new one is started
    /// beside the old one, so that its functions are never absent. Where it needs what the old one
    /// holds, a port above all, the old one has to go first, and comes back when the new one fails
    /// all the same.
    pub(crate) async fn replace(
        &mut self,
        old: &WorkerEntry,
        new: &WorkerEntry,
    ) -> Result<(), ReplaceError> {
        match self.change(new) {
            Some(Ok(())) => return Ok(()),
            Some(Err(StartError::Unavailable(_))) | None => {}
            Some(Err(error)) => return Err(ReplaceError::Kept(error)),
        }
        match self.attach(new).await {
            Ok(member) => {
                self.remove(old.name).await;
                self.running.push(member);
                Ok(())
            }
            Err(StartError::Unavailable(_)) => self.swap(old, new).await,
            Err(error) => Err(ReplaceError::Kept(error)),
        }
    }

    /// Lets the worker take its new settings while it runs; `None` where it cannot.
    fn change(&mut self, new: &WorkerEntry) -> Option<Result<(), StartError>> {
        let mut running = self.running.iter_mut();
        let member = running.find(|member| member.name == new.name)?;
        let changed = member.change.as_ref()?(&new.section);
        Some(changed.map(|address| member.address = address))
    }

    async fn swap(&mut self, old: &WorkerEntry, new: &WorkerEntry) -> Result<(), ReplaceError> {
        self.remove(old.name).await;
        let Err(new_error) = self.start(new).await else {
            return Ok(());
        };
        match self.start(old).await {
            Ok(()) => Err(ReplaceError::Kept(new_error)),
            Err(old_error) => Err(ReplaceError::Lost {
                new: new_error,
                old: old_error,
            }),
        }
    }

    /// Drains and stops a worker.
    pub(crate) async fn remove(&mut self, name: &str) {
        if let Some(index) = self.running.iter().position(|member| member.name == name) {
            let member = self.running.remove(index);
            member.attached.stop(self.drain_timeout).await;
        }
    }

    /// Drains and stops those that listen: through them new work comes in from outside.
    pub(crate) async fn stop_listening(&mut self) {
        let (listening, others) = std::mem::take(&mut self.running)
            .into_iter()
            .partition(|member| member.address.is_some());
        self.running = others;
        stop(listening, self.drain_timeout).await;
    }

    /// Drains and stops all.
    pub(crate) async fn stop(&mut self) {
        stop(std::mem::take(&mut self.running), self.drain_timeout).await;
    }

    /// The workers, and where those listen that do.
    pub(crate) fn list(&self) -> Vec<(&'static str, Option<String>)> {
        self.running
            .iter()
            .map(|member| (member.name, member.address.clone()))
            .collect()
    }

    async fn attach(&mut self, entry: &WorkerEntry) -> Result<Member, StartError> {
        let made = entry.plan.make(&self.backends)?;
        let thread = self.started;
        self.started += 1;
        let attached = tasks::attach(&self.engine, thread, made.worker).await?;
        Ok(Member {
            name: entry.name,
            address: made.address.await,
            attached,
            change: made.change,
        })
    }
}

/// Those last started first: they may need the earlier ones.
async fn stop(members: Vec<Member>, drain_timeout: Duration) {
    for member in members.into_iter().rev() {
        member.attached.stop(drain_timeout).await;
    }
}
