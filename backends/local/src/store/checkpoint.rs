//! Bringing what is in memory and in the journal into the data file.

use super::fail_point::FailPoint;
use super::journal::Position;
use super::layers::{self, Base, Overlay, Table, View};
use super::line::Written;
use super::{Failure, Shared, tables};
use redb::Database;
use std::sync::Arc;

const SEQUENCE: &str = "journal/sequence";
const SEGMENT: &str = "journal/segment";
const OFFSET: &str = "journal/offset";

/// What is brought into the data file, and up to where the journal is not needed then.
pub(super) struct Checkpoint {
    pub(super) database: Arc<Database>,
    pub(super) frozen: Overlay,
    pub(super) position: Position,
    pub(super) fail_point: FailPoint,
}

impl Checkpoint {
    /// One durable transaction with all of it. Two flushes, so that the file can be opened at once
    /// after a crash, whatever its size: there are few checkpoints.
    pub(super) fn write(self) -> Written {
        let mut transaction = self.database.begin_write().map_err(Failure::of)?;
        transaction.set_quick_repair(true);
        layers::apply(&transaction, &self.frozen)?;
        let Position {
            sequence,
            segment,
            offset,
        } = self.position;
        let numbers = [(SEQUENCE, sequence), (SEGMENT, segment), (OFFSET, offset)];
        for (name, number) in numbers {
            layers::put(&transaction, Table::Numbers, name, &tables::encode(number))?;
        }
        self.fail_point.pass("checkpoint.middle");
        transaction.commit().map_err(Failure::of)?;
        self.fail_point.pass("checkpoint.done");
        Base::of(&self.database).map(Arc::new)
    }

    /// In a thread of its own, which tells the writer.
    pub(super) fn spawn(self, shared: Arc<Shared>) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name("iii-checkpoint".to_owned());
        let told = Told(shared);
        thread.spawn(move || told.tell(self.write())).map(drop)
    }
}

/// Where the journal goes on behind what a file has.
pub(super) fn position(view: &View) -> Result<Position, Failure> {
    Ok(Position {
        sequence: tables::number(view, SEQUENCE)?,
        segment: tables::number(view, SEGMENT)?,
        offset: tables::number(view, OFFSET)?,
    })
}

/// Tells a copy of a file that it has no journal.
pub(super) fn forget_journal(database: &Database) -> Result<(), Failure> {
    let mut transaction = database.begin_write().map_err(Failure::of)?;
    transaction.set_quick_repair(true);
    for name in [SEGMENT, OFFSET] {
        layers::put(&transaction, Table::Numbers, name, &tables::encode(0))?;
    }
    transaction.commit().map_err(Failure::of)
}

/// The writer, who is told in any case.
struct Told(Arc<Shared>);

impl Told {
    fn tell(self, written: Written) {
        self.0.line.checkpoint_ended(written);
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let failure = Failure::Io("a checkpoint panicked".to_owned());
            self.0.line.checkpoint_ended(Err(failure));
        }
    }
}
