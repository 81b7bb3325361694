//! An engine: its threads, its listeners, its end.

use super::dialer::MemoryDialer;
use super::executor::Local;
use super::identity::Secret;
use super::inbox::Item;
use super::listener::{self, Policy};
use super::settings::{Config, ListenError, ListenerConfig, StartError};
use super::shared::Shared;
use crate::core::Rules;
use iii_transport::Dial;
use iii_transport::ws::{AssemblyBudget, Limits};
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};

/// A running engine. Dropping it stops its threads without waiting for them.
pub struct Engine {
    shared: Arc<Shared>,
    threads: Mutex<Vec<Thread>>,
    handles: Vec<Handle>,
    limits: Arc<Limits>,
}

struct Thread {
    join: JoinHandle<()>,
    ended: oneshot::Receiver<()>,
}

/// An open listener; dropping it closes it. Connections stay.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    _stop: watch::Sender<bool>,
}

impl Listener {
    /// Where it listens, with the port that the system chose.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Engine {
    /// Starts the executor threads.
    ///
    /// # Errors
    /// The system refuses threads or randomness.
    ///
    /// # Examples
    /// ```
    /// use iii_engine::{Config, Engine, ListenerConfig};
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let engine = Engine::start(Config { threads: 1, ..Config::default() })?;
    /// let listener = engine.listen(ListenerConfig::new("127.0.0.1:0".parse()?))?;
    /// assert_ne!(listener.address().port(), 0);
    /// engine.stop().await;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(config: Config) -> Result<Self, StartError> {
        let count = match config.threads {
            0 => default_threads(),
            wanted => wanted,
        };
        let secret = Secret::random().map_err(|error| StartError::Random(error.to_string()))?;
        let limits = Arc::new(Limits {
            message_bytes_max: config.limits.message_bytes_max,
            skip_bytes_max: config.limits.skip_bytes_max,
            assembly: Arc::new(AssemblyBudget::new(config.limits.assembly_bytes_max)),
        });
        let rules = Arc::new(Rules {
            limits: config.limits,
            tables: config.tables,
            authorizer: config.authorizer,
            engine_version: config.version.into(),
        });
        let shared = Arc::new(Shared::new(rules, config.clock, secret, count));
        let mut threads = Vec::with_capacity(count);
        let mut handles = Vec::with_capacity(count);
        for index in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            handles.push(runtime.handle().clone());
            let shared = Arc::clone(&shared);
            let (end, ended) = oneshot::channel();
            let join = std::thread::Builder::new()
                .name(format!("iii-{index}"))
                .spawn(move || {
                    let tasks = tokio::task::LocalSet::new();
                    tasks.block_on(&runtime, Local::new(index, shared).run());
                    // Whoever waits for the end may have given up waiting.
                    let _ = end.send(());
                })?;
            threads.push(Thread { join, ended });
        }
        Ok(Self {
            shared,
            threads: Mutex::new(threads),
            handles,
            limits,
        })
    }

    /// Opens a listener for workers.
    ///
    /// # Errors
    /// The address cannot be bound, it is beyond loopback and there is no token, or the
    /// certificates cannot be used.
    pub fn listen(&self, config: ListenerConfig) -> Result<Listener, ListenError> {
        let bind = config.bind;
        if self.shared.stopping.load(Ordering::Relaxed) {
            return Err(ListenError::Stopping);
        }
        if !bind.ip().is_loopback() && config.token.is_none() {
            return Err(ListenError::TokenRequired { bind });
        }
        let tls =
            listener::acceptor(&config).map_err(|reason| ListenError::Tls { bind, reason })?;
        let failed = |reason| ListenError::Bind { bind, reason };
        let socket = listener::bind(bind).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let policy = Arc::new(Policy::new(
            config,
            tls,
            Arc::clone(&self.limits),
            &self.shared,
        ));
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::clone(&self.shared);
        let enter = self.handles[0].enter();
        let socket = TcpListener::from_std(socket).map_err(failed)?;
        drop(enter);
        self.handles[0].spawn(listener::accept(socket, policy, shared, stopped));
        Ok(Listener {
            address,
            _stop: stop,
        })
    }

    /// A way in for workers of this process. Their sessions are trusted, and are pinned to the
    /// thread of the same number as [`Engine::handle`].
    #[must_use]
    pub fn memory_dialer(&self, thread: usize) -> Arc<dyn Dial> {
        let thread = thread % self.handles.len();
        Arc::new(MemoryDialer {
            shared: Arc::clone(&self.shared),
            thread,
        })
    }

    /// The runtime of an executor thread. A worker that runs there shares its thread with the
    /// sessions pinned to it, so a call costs no switch between threads; it must not block.
    #[must_use]
    pub fn handle(&self, thread: usize) -> &Handle {
        &self.handles[thread % self.handles.len()]
    }

    /// How many executor threads there are.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.handles.len()
    }

    /// Connections right now, telemetry connections included.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Asks workers to leave, and waits until no call runs any more or `limit` has passed. Says
    /// whether everything had ended.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.shared.draining.store(true, Ordering::Relaxed);
        for inbox in &self.shared.inboxes {
            inbox.push(Item::Drain);
        }
        let idle = async {
            while self.running() > 0 {
                let ended = self.shared.call_ended.notified();
                if self.running() == 0 {
                    break;
                }
                ended.await;
            }
        };
        tokio::time::timeout(limit, idle).await.is_ok()
    }

    /// Calls that workers have not answered.
    #[must_use]
    pub fn running(&self) -> u64 {
        let snapshot = self.shared.snapshot.load();
        snapshot
            .workers
            .values()
            .map(|worker| u64::from(worker.load.get()))
            .sum()
    }

    /// Closes every connection with an orderly end, and ends the threads.
    pub async fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        for inbox in &self.shared.inboxes {
            inbox.push(Item::Stop);
        }
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            let _ = thread.ended.await;
            // It has said that it is done; joining it does not block.
            let _ = thread.join.join();
        }
    }
}

/// Half of the processors stay for the workers, which on most machines run beside the engine.
fn default_threads() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (processors / 2).max(1)
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        for inbox in &self.shared.inboxes {
            inbox.push(Item::Stop);
        }
    }
}
