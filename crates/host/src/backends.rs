//! Where workers keep what they are given.

use crate::config::StoreConfig;
use crate::env::ProcessEnvironment;
use crate::{fail_point, unflushed};
use iii_backend_local::{LocalKv, LocalLog, OpenError, Options, Store};
use iii_kit::StartError;
use iii_ports::kv::Kv;
use iii_ports::lease::{KvLeases, Leases};
use iii_ports::log::Log;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The outside systems of one engine. They outlive every worker, so that a worker with new
/// settings finds what the old one left. Cheap to clone.
#[derive(Clone)]
pub struct Backends {
    local: Arc<Local>,
}

/// One folder, opened by the first worker that keeps something.
struct Local {
    folder: PathBuf,
    config: StoreConfig,
    opened: Mutex<Option<Opened>>,
}

struct Opened {
    store: Arc<Store>,
    kv: Arc<dyn Kv>,
    log: Arc<dyn Log>,
}

/// The scope of the key-value store that holds leases; `state` keeps its hands off it.
const LEASES: &str = "\0leases";

impl Backends {
    /// Everything in one folder, which is made when a worker first needs it.
    pub fn in_folder(folder: PathBuf, config: StoreConfig) -> Self {
        Self {
            local: Arc::new(Local {
                folder,
                config,
                opened: Mutex::default(),
            }),
        }
    }

    /// The durable key-value store.
    ///
    /// # Errors
    /// [`StartError::Data`]: the folder cannot be opened.
    pub fn kv(&self) -> Result<Arc<dyn Kv>, StartError> {
        self.opened(|opened| Arc::clone(&opened.kv))
    }

    /// The durable log of queued work.
    ///
    /// # Errors
    /// [`StartError::Data`]: the folder cannot be opened.
    pub fn log(&self) -> Result<Arc<dyn Log>, StartError> {
        self.opened(|opened| Arc::clone(&opened.log))
    }

    /// Leases of everybody who shares the store.
    ///
    /// # Errors
    /// [`StartError::Data`]: the folder cannot be opened.
    pub fn leases(&self) -> Result<Arc<dyn Leases>, StartError> {
        self.opened(|opened| {
            let leases: Arc<dyn Leases> = Arc::new(KvLeases::new(Arc::clone(&opened.kv), LEASES));
            leases
        })
    }

    /// The store itself, if a worker has opened it.
    pub(crate) fn store(&self) -> Option<Arc<Store>> {
        let opened = self.local.opened.lock();
        let opened = opened.unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().map(|opened| Arc::clone(&opened.store))
    }

    /// Who this engine is among those that share the store. A folder has one owner at a time, so
    /// the next one need not wait until the leases of the one before are over.
    pub fn owner(&self) -> &'static str {
        "folder"
    }

    fn opened<T>(&self, part: impl FnOnce(&Opened) -> T) -> Result<T, StartError> {
        let opened = self.local.opened.lock();
        let mut opened = opened.unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return Ok(part(opened));
        }
        let config = &self.local.config;
        let options = Options {
            fail_point: fail_point::from_environment(&ProcessEnvironment)?,
            unflushed: unflushed::from_environment(&ProcessEnvironment)?,
            ..config.options()
        };
        let store = Store::open(&self.local.folder, options);
        let store = Arc::new(store.map_err(|error| refused(&error))?);
        let new = Opened {
            kv: Arc::new(LocalKv::new(Arc::clone(&store), config.state_bounds())),
            log: Arc::new(LocalLog::new(Arc::clone(&store), config.queue_bounds())),
            store,
        };
        Ok(part(opened.insert(new)))
    }
}

impl fmt::Debug for Backends {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Backends")
            .field("folder", &self.local.folder)
            .finish_non_exhaustive()
    }
}

fn refused(error: &OpenError) -> StartError {
    StartError::Data(format!("{error}; {}", error.hint()))
}
