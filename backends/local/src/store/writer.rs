//! The one thread that writes.

use super::line::Job;
use super::medium::Medium;
use super::tables::{self, Parts};
use super::{Failure, Options, Shared, Tables};
use redb::Database;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Shortest time for which it is worth waiting for company: the system's timers are not better.
const LINGER_MIN: Duration = Duration::from_micros(20);

struct Writer {
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    parts: Parts,
    options: Options,
}

/// Starts it. It ends when the line is closed and empty.
pub(super) fn spawn(
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    parts: Parts,
    options: Options,
) -> std::io::Result<JoinHandle<()>> {
    let writer = Writer {
        shared,
        medium,
        parts,
        options,
    };
    Builder::new()
        .name("iii-store".to_owned())
        .spawn(move || writer.run())
}

impl Writer {
    fn run(mut self) {
        let mut linger = Duration::ZERO;
        while let Some(mut jobs) = self.shared.line.take(self.options.batch_max, linger) {
            let begun = now();
            let ended = self.write(&mut jobs);
            linger = self.linger(jobs.len(), begun.elapsed());
            if let Err(failure) = &ended {
                tracing::warn!(%failure, writes = jobs.len(), "store.write_failed");
                self.open_anew();
            }
            for job in jobs {
                job.tell(ended.clone());
            }
        }
        // Dropping it closes the file in order, so that it opens at once the next time.
        let database = self.shared.database.write().take();
        drop(database);
    }

    /// One transaction for all of them.
    fn write(&mut self, jobs: &mut [Job]) -> Result<(), Failure> {
        if self.shared.database.read().is_none() {
            self.open_anew();
        }
        let database = self.shared.database.read();
        let Some(database) = database.as_ref() else {
            return Err(Failure::Io("the disk still fails".to_owned()));
        };
        let written = write(database, &self.parts, self.options.fast_recovery, jobs)?;
        self.parts = written;
        Ok(())
    }

    /// After a failure the file is not to be trusted until it was opened again, which also
    /// repairs it.
    fn open_anew(&mut self) {
        let mut place = self.shared.database.write();
        *place = None;
        let opened = self.medium.open().and_then(|database| {
            self.parts = tables::load(&database)?;
            Ok(database)
        });
        match opened {
            Ok(database) => {
                *place = Some(database);
                tracing::info!("store.opened_anew");
            }
            Err(error) => tracing::warn!(%error, "store.unavailable"),
        }
    }

    /// How long to wait for company next time, going by how it was this time.
    fn linger(&self, jobs: usize, took: Duration) -> Duration {
        if jobs < 2 || self.options.linger_max.is_zero() {
            return Duration::ZERO;
        }
        (took / 10).clamp(LINGER_MIN, self.options.linger_max.max(LINGER_MIN))
    }
}

fn write(
    database: &Database,
    parts: &Parts,
    fast_recovery: bool,
    jobs: &mut [Job],
) -> Result<Parts, Failure> {
    let mut transaction = database.begin_write().map_err(Failure::of)?;
    transaction.set_quick_repair(fast_recovery);
    let mut tables = Tables::open(&transaction, parts)?;
    for job in jobs {
        job.run(&mut tables)?;
    }
    if !tables.has_changed(parts) {
        drop(tables);
        transaction.abort().map_err(Failure::of)?;
        return Ok(*parts);
    }
    let written = tables.finish()?;
    transaction.commit().map_err(Failure::of)?;
    Ok(written)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the disk takes is no matter of anybody's clock"
)]
fn now() -> Instant {
    Instant::now()
}
