//! Where workers keep what they are given.

use crate::env::ProcessEnvironment;
use crate::{fail_point, unflushed};
use iii_backend_local::{LocalKv, LocalLog, OpenError, Options, Store};
use iii_kit::StartError;
use iii_ports::kv::{Bounds, Kv};
use iii_ports::lease::{KvLeases, Leases};
use iii_ports::log::{self, Log};
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
    opened: Mutex<Option<Opened>>,
}

struct Opened {
    kv: Arc<dyn Kv>,
    log: Arc<dyn Log>,
}

/// The scope of the key-value store that holds leases; `state` keeps its hands off it.
const LEASES: &str = "\0leases";

impl Backends {
    /// Everything in one folder, which is made when a worker first needs it.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self {
            local: Arc::new(Local {
                folder,
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
        let options = Options {
            fail_point: fail_point::from_environment(&ProcessEnvironment)?,
            unflushed: unflushed::from_environment(&ProcessEnvironment)?,
            ..Options::default()
        };
        let store = Store::open(&self.local.folder, options);
        let store = Arc::new(store.map_err(|error| refused(&error))?);
        let new = Opened {
            kv: Arc::new(LocalKv::new(Arc::clone(&store), Bounds::default())),
            log: Arc::new(LocalLog::new(store, log::Bounds::default())),
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
