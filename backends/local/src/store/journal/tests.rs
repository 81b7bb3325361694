//! What no history of a whole store is sure to meet.

use super::super::fail_point::FailPoint;
use super::super::power::disk::{Disk, Drive};
use super::blocks::BLOCK;
use super::*;

const SIZES: Sizes = Sizes {
    segment: 64 << 10,
    reserve: 4 << 10,
};

/// A journal as it is opened, and the changes of the records that it has.
fn open(disk: &Disk, covered: Position) -> (Journal, Vec<Vec<u8>>) {
    let shelf = Box::new(Drive::new(disk));
    let replay = Replay::open(shelf, SIZES, FailPoint::default(), covered).unwrap();
    let mut found = Vec::new();
    let journal = replay.run(|changes| {
        found.push(changes.to_vec());
        Ok::<(), Damage>(())
    });
    (journal.unwrap(), found)
}

fn append(journal: &mut Journal, changes: &[u8]) {
    let mut buffer = Vec::new();
    Journal::begin_record(&mut buffer);
    buffer.extend_from_slice(changes);
    journal.append(&mut buffer).unwrap();
    journal.flush().unwrap();
}

#[test]
fn records_come_back_in_order_whatever_their_size() {
    let disk = Disk::new(1);
    let (mut journal, found) = open(&disk, Position::default());
    assert!(found.is_empty());
    let sizes = [
        0, 1, 4_000, 4_056, 4_057, 9_000, 60_000, 200_000, 3, 70_000, 5,
    ];
    let records: Vec<Vec<u8>> = sizes.iter().map(|size| vec![7; *size]).collect();
    for record in &records {
        append(&mut journal, record);
    }
    drop(journal);
    let (mut journal, found) = open(&disk, Position::default());
    assert!(found == records);
    // What comes behind is numbered on.
    append(&mut journal, b"more");
    let (_, found) = open(&disk, Position::default());
    assert_eq!(found.len(), records.len() + 1);
}

/// A file that is used again has records of its earlier use right where the next one is looked
/// for, with the very number that is looked for.
#[test]
fn records_of_an_earlier_use_are_none() {
    let disk = Disk::new(1);
    let (mut journal, _) = open(&disk, Position::default());
    for _ in 0..5 {
        append(&mut journal, b"old");
    }
    drop(journal);
    // Nothing of the first segment counts.
    let covered = Position {
        sequence: 0,
        segment: 2,
        offset: BLOCK,
    };
    let (mut journal, found) = open(&disk, covered);
    assert!(found.is_empty());
    append(&mut journal, b"new");
    drop(journal);
    let (_, found) = open(&disk, covered);
    assert_eq!(found, [b"new"]);
}

#[test]
fn segments_are_used_again_when_they_are_released() {
    let disk = Disk::new(1);
    let (mut journal, _) = open(&disk, Position::default());
    for round in 0..50 {
        for _ in 0..10 {
            append(&mut journal, &[round; 9_000]);
        }
        let position = journal.mark();
        journal.release(position);
    }
    let bytes = disk.len();
    assert!(bytes <= 4 * SIZES.segment, "{bytes} bytes");
}
