//! Where workers keep what they are given.

use crate::env::ProcessEnvironment;
use crate::fail_point;
use iii_backend_local::{LocalKv, OpenError, Options, Store};
use iii_kit::StartError;
use iii_ports::kv::{Bounds, Kv};
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
}

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
        let opened = self.local.opened.lock();
        let mut opened = opened.unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return Ok(Arc::clone(&opened.kv));
        }
        let options = Options {
            fail_point: fail_point::from_environment(&ProcessEnvironment)?,
            ..Options::default()
        };
        let store = Store::open(&self.local.folder, options);
        let store = Arc::new(store.map_err(|error| refused(&error))?);
        let kv: Arc<dyn Kv> = Arc::new(LocalKv::new(store, Bounds::default()));
        *opened = Some(Opened {
            kv: Arc::clone(&kv),
        });
        Ok(kv)
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
