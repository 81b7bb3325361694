//! The one thread that writes.

use super::clock;
use super::core::Core;
use super::line::{Job, Turn};
use super::medium::Medium;
use super::{OpenError, Settings, Shared};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Shortest time for which it is worth waiting for company: the system's timers are not better.
const LINGER_MIN: Duration = Duration::from_micros(20);

struct Writer {
    shared: Arc<Shared>,
    core: Core,
    batch_max: usize,
    linger_max: Duration,
}

/// Starts it. It ends when the line is closed and empty.
pub(super) fn start(
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    settings: Settings,
) -> Result<JoinHandle<()>, OpenError> {
    let batch_max = settings.options.batch_max;
    let linger_max = settings.options.linger_max;
    let core = Core::open(Arc::clone(&shared), medium, settings)?;
    core.publish();
    let writer = Writer {
        shared,
        core,
        batch_max,
        linger_max,
    };
    Builder::new()
        .name("iii-store".to_owned())
        .spawn(move || writer.run())
        .map_err(OpenError::Thread)
}

impl Writer {
    fn run(mut self) {
        let mut linger = Duration::ZERO;
        loop {
            let patience = self.core.patience();
            match self.shared.line.next(self.batch_max, linger, patience) {
                Turn::Jobs(jobs) => linger = self.serve(jobs),
                Turn::Checkpoint(written) => self.core.end_checkpoint(written),
                Turn::Idle => self.core.idle(),
                Turn::Closed => break,
            }
        }
        self.core.close();
    }

    /// Serves everybody; how long to wait for company the next time, going by how it was.
    fn serve(&mut self, mut jobs: Vec<Job>) -> Duration {
        let count = jobs.len();
        let begun = clock::now();
        while !jobs.is_empty() {
            let (served, ended) = self.core.write(&mut jobs);
            if let Err(failure) = &ended {
                tracing::warn!(%failure, writes = served.len(), "store.write_failed");
            }
            for job in served {
                job.tell(ended.clone());
            }
        }
        self.core.flush_if_due();
        if count < 2 || self.linger_max.is_zero() {
            return Duration::ZERO;
        }
        let tenth = begun.elapsed() / 10;
        tenth.clamp(LINGER_MIN, self.linger_max.max(LINGER_MIN))
    }
}
