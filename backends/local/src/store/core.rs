//! Everything the writer owns: the layers, the journal and the data file.
//!
//! A group of writes goes through here in four steps, in this order: its changes are made in a
//! draft, appended to the journal and flushed, published to readers, acknowledged. What is in the
//! draft's newest layer is therefore always in the journal or in the data file.
//!
//! **Invariant:** memory is what counts. After a failed flush nothing is read back from files whose
//! pages may be what the disk never got: every layer holds what was safe, and the journal goes on
//! in another segment.

use super::checkpoint::{self, Checkpoint};
use super::clock;
use super::journal::{Journal, Position, Replay, Sizes};
use super::layers::{Base, Changes, Overlay, Slot, View};
use super::line::{Job, Written};
use super::medium::Medium;
use super::options::Acknowledge;
use super::tables::{self, Change, Counts, Room, Tables};
use super::{Failure, OpenError, Options, Settings, Shared};
use redb::Database;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A group ends when it has so many bytes, however many wait.
const GROUP_BYTES: usize = 4 << 20;

/// Everything the writer owns.
pub(super) struct Core {
    shared: Arc<Shared>,
    medium: Box<dyn Medium>,
    settings: Settings,
    /// `None` when it could not be opened anew after a failure.
    database: Option<Arc<Database>>,
    view: View,
    counts: Counts,
    journal: Journal,
    /// Up to where the checkpoint reaches that is being written.
    running: Option<Position>,
    /// Why the last checkpoint failed, and when.
    failed: Option<(Failure, Instant)>,
    /// When the journal was flushed last.
    flushed_at: Instant,
    buffer: Vec<u8>,
}

impl Core {
    /// Opens the data file and replays the journal.
    pub(super) fn open(
        shared: Arc<Shared>,
        medium: Box<dyn Medium>,
        settings: Settings,
    ) -> Result<Self, OpenError> {
        let database = medium.open()?;
        tables::check_format(&database)?;
        let mut view = View::of(Arc::new(Base::of(&database)?));
        let Options {
            segment_bytes,
            reserve_bytes,
            fail_point,
            ..
        } = &settings.options;
        let sizes = Sizes {
            segment: *segment_bytes,
            reserve: *reserve_bytes,
        };
        let shelf = medium.shelf()?;
        let covered = checkpoint::position(&view)?;
        let replay = Replay::open(shelf, sizes, fail_point.clone(), covered)?;
        let journal = replay.run(|changes| replay_into(&mut view.active, changes))?;
        let counts = Counts::load(&view)?;
        Ok(Self {
            shared,
            medium,
            settings,
            database: Some(Arc::new(database)),
            view,
            counts,
            journal,
            running: None,
            failed: None,
            flushed_at: clock::now(),
            buffer: Vec::new(),
        })
    }

    pub(super) fn publish(&self) {
        self.shared.publish(Some(self.view.clone()));
    }

    /// Serves as many of the jobs as one flush takes; how it ended, and for whom.
    pub(super) fn write(&mut self, jobs: &mut Vec<Job>) -> (Vec<Job>, Result<(), Failure>) {
        let room = match self.make_room() {
            Ok(room) => room,
            Err(failure) => return (std::mem::take(jobs), Err(failure)),
        };
        let mut record = std::mem::take(&mut self.buffer);
        Journal::begin_record(&mut record);
        let mut tables = Tables::of(&self.view, self.counts, record, room);
        let mut served = 0;
        let mut ended = Ok(());
        for job in jobs.iter_mut() {
            served += 1;
            ended = job.run(&mut tables);
            if ended.is_err() || tables.bytes() >= GROUP_BYTES {
                break;
            }
        }
        let ended = match ended {
            Ok(()) => self.commit(tables),
            Err(failure) => {
                drop(tables);
                self.open_anew();
                Err(failure)
            }
        };
        let rest = jobs.split_off(served);
        (std::mem::replace(jobs, rest), ended)
    }

    fn commit(&mut self, tables: Tables) -> Result<(), Failure> {
        let group = tables.finish()?;
        self.buffer = group.record;
        let ended = match group.change {
            Change::None => Ok(()),
            Change::Grown if !self.journal.reserve(self.buffer.len()) => Err(Failure::DiskFull),
            Change::Grown | Change::NotGrown => self.log(),
        };
        if self.buffer.capacity() > 2 * GROUP_BYTES {
            self.buffer = Vec::new();
        }
        ended?;
        self.view.active = group.active;
        self.counts = group.counts;
        self.publish();
        Ok(())
    }

    /// The journal has the record in the buffer, and keeps it as well as is asked for.
    fn log(&mut self) -> Result<(), Failure> {
        self.journal.append(&mut self.buffer)?;
        match self.settings.options.acknowledge {
            Acknowledge::Flushed => {
                let flushed = self.journal.flush();
                if flushed.is_err() {
                    self.journal.forget_unflushed();
                }
                flushed
            }
            Acknowledge::Written { .. } => Ok(()),
        }
    }

    /// Flushes what has been acknowledged without, when it is time. Where that fails, what is in
    /// memory goes into the data file.
    pub(super) fn flush_if_due(&mut self) {
        let Acknowledge::Written { flush_every } = self.settings.options.acknowledge else {
            return;
        };
        if self.journal.is_flushed() {
            self.flushed_at = clock::now();
        } else if self.flushed_at.elapsed() >= flush_every {
            self.flushed_at = clock::now();
            if let Err(failure) = self.journal.flush() {
                tracing::warn!(%failure, "store.flush_failed");
                self.rescue();
            }
        }
    }

    /// How long the writer may wait before something has to be done.
    pub(super) fn patience(&self) -> Option<Duration> {
        let options = &self.settings.options;
        match options.acknowledge {
            Acknowledge::Written { flush_every } if !self.journal.is_flushed() => {
                Some(flush_every.saturating_sub(self.flushed_at.elapsed()))
            }
            _ if self.running.is_some() => None,
            _ if self.has_news() || self.database.is_none() => Some(options.idle_after),
            _ => None,
        }
    }

    /// Nothing was to be done for a while.
    pub(super) fn idle(&mut self) {
        self.flush_if_due();
        if self.database.is_none() {
            self.open_anew();
        }
        if self.running.is_none() && self.has_news() && self.journal.is_flushed() {
            self.journal.end_segment();
            self.begin_checkpoint();
        }
    }

    fn has_news(&self) -> bool {
        !self.view.active.is_empty() || self.view.frozen.is_some()
    }

    /// Brings everything into the data file and closes it in order, so that it opens at once the
    /// next time.
    pub(super) fn close(mut self) {
        self.settle();
        self.journal.end_segment();
        if self.has_news() {
            self.begin_checkpoint();
            self.settle();
        }
        if let Err(failure) = self.journal.flush() {
            tracing::warn!(%failure, "store.flush_failed");
        }
        self.shared.publish(None);
        // Who reads a file holds it open; the last one to have it is the one that closes it.
        let Self { view, database, .. } = self;
        drop(view);
        drop(database);
    }

    // === room ===

    /// Sees to it that a group can be written.
    ///
    /// # Errors
    /// None can.
    fn make_room(&mut self) -> Result<Room, Failure> {
        if self.database.is_none() {
            self.open_anew();
        }
        if self.database.is_none() {
            return Err(Failure::Io("the disk still fails".to_owned()));
        }
        if self.journal.is_failed() {
            self.rescue();
        }
        let retry_after = self.settings.retry_after;
        let is_due = |(_, at): &(Failure, Instant)| at.elapsed() >= retry_after;
        if self.running.is_none() && self.failed.as_ref().is_some_and(is_due) {
            self.begin_checkpoint();
        }
        while self.is_over_limit() && self.failed.is_none() {
            if self.running.is_some() {
                self.settle();
            } else {
                self.begin_checkpoint();
            }
        }
        if let Some((failure, _)) = &self.failed {
            return self.remains(failure.clone());
        }
        if self.journal.reserve(0) {
            Ok(Room::Enough)
        } else {
            Ok(Room::None(Failure::DiskFull))
        }
    }

    fn is_over_limit(&self) -> bool {
        let options = &self.settings.options;
        self.view.active.bytes() >= options.overlay_bytes / 2
            || self.journal.bytes() >= options.journal_bytes
    }

    /// What can be done while nothing can be brought into the data file: a full disk gets room by
    /// removals. A disk that fails in other ways takes what memory and journal may hold.
    fn remains(&self, failure: Failure) -> Result<Room, Failure> {
        let options = &self.settings.options;
        let frozen = self.view.frozen.as_ref().map_or(0, Overlay::bytes);
        let is_memory_full = frozen + self.view.active.bytes() >= options.overlay_bytes;
        let is_journal_full = self.journal.kept_bytes() >= 4 * options.journal_bytes;
        match failure {
            Failure::DiskFull if !is_journal_full => Ok(Room::None(failure)),
            Failure::Io(_) if !is_journal_full && !is_memory_full => Ok(Room::Enough),
            failure => Err(failure),
        }
    }

    // === checkpoints ===

    /// Freezes what is in memory and begins to bring it into the data file. What an attempt before
    /// could not bring there comes along.
    fn begin_checkpoint(&mut self) {
        let Some(database) = self.database.as_ref().map(Arc::clone) else {
            return;
        };
        let position = self.journal.mark();
        let active = std::mem::take(&mut self.view.active);
        let frozen = match self.view.frozen.take() {
            Some(frozen) => frozen.under(&active),
            None => active,
        };
        self.view.frozen = Some(frozen.clone());
        self.running = Some(position);
        self.publish();
        let checkpoint = Checkpoint {
            database,
            frozen,
            position,
            fail_point: self.settings.options.fail_point.clone(),
        };
        if self.settings.is_inline {
            self.end_checkpoint(checkpoint.write());
        } else if let Err(error) = checkpoint.spawn(Arc::clone(&self.shared)) {
            self.end_checkpoint(Err(Failure::io(error)));
        }
    }

    pub(super) fn end_checkpoint(&mut self, written: Written) {
        let position = self.running.take();
        match written {
            Ok(base) => {
                self.view.base = base;
                self.view.frozen = None;
                self.failed = None;
                self.publish();
                if let Some(position) = position {
                    self.journal.release(position);
                }
                if self.view.active.is_empty() {
                    self.journal.shed();
                }
            }
            Err(failure) => {
                tracing::warn!(%failure, "store.checkpoint_failed");
                self.failed = Some((failure, clock::now()));
                self.open_anew();
            }
        }
    }

    /// Waits for the checkpoint that is being written, if there is one.
    fn settle(&mut self) {
        if self.running.is_some() {
            let written = self.shared.line.checkpoint();
            self.end_checkpoint(written);
        }
    }

    /// A flush has failed of what was acknowledged without: it is safe again when it is in the
    /// data file.
    fn rescue(&mut self) {
        self.settle();
        self.begin_checkpoint();
        self.settle();
        if self.failed.is_none() {
            self.journal.count_as_flushed();
        }
    }

    /// After a failure the data file is not to be trusted until it was opened again, which also
    /// repairs it. The layers above it stay.
    fn open_anew(&mut self) {
        self.settle();
        self.shared.publish(None);
        self.database = None;
        self.medium.forget();
        let opened = self.medium.open().and_then(|database| {
            let base = Arc::new(Base::of(&database)?);
            Ok((database, base))
        });
        match opened {
            Ok((database, base)) => {
                self.view.base = base;
                self.database = Some(Arc::new(database));
                self.publish();
                tracing::info!("store.opened_anew");
            }
            Err(error) => tracing::warn!(%error, "store.unavailable"),
        }
    }
}

pub(super) fn replay_into(overlay: &mut Overlay, changes: &[u8]) -> Result<(), OpenError> {
    for change in Changes::of(changes) {
        let change = change?;
        let slot = Slot {
            value: change.value,
            is_new: false,
        };
        overlay.set(change.table, change.key, Some(slot));
    }
    Ok(())
}
