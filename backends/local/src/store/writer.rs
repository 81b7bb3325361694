//! The one thread that writes.

use super::layers::{self, Base};
use super::line::Job;
use super::medium::Medium;
use super::tables::{self, Counts};
use super::{Failure, OpenError, Options, Shared, Tables, View};
use redb::Database;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Shortest time for which it is worth waiting for company: the system's timers are not better.
const LINGER_MIN: Duration = Duration::from_micros(20);

struct Writer {
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    options: Options,
    file: Option<File>,
}

/// The file, and what it has.
struct File {
    database: Database,
    view: View,
    counts: Counts,
}

/// Starts it. It ends when the line is closed and empty.
pub(super) fn start(
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    options: Options,
) -> Result<JoinHandle<()>, OpenError> {
    let file = File::open(medium.as_ref())?;
    shared.publish(Some(file.view.clone()));
    let writer = Writer {
        shared,
        medium,
        options,
        file: Some(file),
    };
    Builder::new()
        .name("iii-store".to_owned())
        .spawn(move || writer.run())
        .map_err(OpenError::Thread)
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
        self.shared.publish(None);
        drop(self.file.take());
    }

    /// One transaction for all of them.
    fn write(&mut self, jobs: &mut [Job]) -> Result<(), Failure> {
        if self.file.is_none() {
            self.open_anew();
        }
        let Some(file) = self.file.as_mut() else {
            return Err(Failure::Io("the disk still fails".to_owned()));
        };
        if file.write(jobs)? {
            self.shared.publish(Some(file.view.clone()));
        }
        Ok(())
    }

    /// After a failure the file is not to be trusted until it was opened again, which also
    /// repairs it.
    fn open_anew(&mut self) {
        self.shared.publish(None);
        self.file = None;
        match File::open(self.medium.as_ref()) {
            Ok(file) => {
                self.shared.publish(Some(file.view.clone()));
                self.file = Some(file);
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

impl File {
    fn open(medium: &dyn Medium) -> Result<Self, OpenError> {
        let database = medium.open()?;
        tables::check_format(&database)?;
        let view = View::of(Base::of(&database)?);
        let counts = Counts::load(&view)?;
        Ok(Self {
            database,
            view,
            counts,
        })
    }

    /// Whether anything was written.
    fn write(&mut self, jobs: &mut [Job]) -> Result<bool, Failure> {
        let mut tables = Tables::of(&self.view, self.counts);
        for job in jobs {
            job.run(&mut tables)?;
        }
        let Some((draft, counts)) = tables.finish() else {
            return Ok(false);
        };
        let transaction = self.database.begin_write().map_err(Failure::of)?;
        layers::apply(&transaction, &draft.finish())?;
        transaction.commit().map_err(Failure::of)?;
        self.view = View::of(Base::of(&self.database)?);
        self.counts = counts;
        Ok(true)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long the disk takes is no matter of anybody's clock"
)]
fn now() -> Instant {
    Instant::now()
}
