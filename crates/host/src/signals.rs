//! SIGTERM and SIGINT as something to await.

use std::io;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals closer together than this are one.
const SAME_SIGNAL: Duration = Duration::from_millis(300);

/// The signals that ask a process to end.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes both signals over: from now on they no longer end the process by themselves.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one and names it.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for one that is meant as a second one: supervisors send a signal to a process and to
    /// its group, so that it arrives twice.
    pub async fn again(&mut self) -> &'static str {
        tokio::time::sleep(SAME_SIGNAL).await;
        if let Ok(fresh) = Self::new() {
            // What has arrived in the meantime is forgotten.
            *self = fresh;
        }
        self.next().await
    }
}
