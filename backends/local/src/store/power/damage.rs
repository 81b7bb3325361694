//! Disks that change what was flushed, which is told and never passed over.

use super::bench::{Bench, small};
use crate::OpenError;

/// Bytes of a block of the journal.
const BLOCK: u64 = 4096;

/// A store with some records in the journal that no checkpoint has covered, ended by a power cut.
fn cut_off(seed: u64, writes: u64) -> Bench {
    let mut settings = small();
    settings.options.overlay_bytes = 1 << 20;
    settings.options.journal_bytes = 1 << 20;
    let mut bench = Bench::with(seed, settings);
    let open = bench.open().unwrap();
    for number in 0..writes {
        bench.fill(&open, number, 100).unwrap();
    }
    bench.disk.cut_at(0);
    drop(open);
    bench.disk.restore();
    bench
}

#[test]
fn a_record_that_was_flushed_and_is_damaged_is_told() {
    // One record a block, the first one behind the header; the last one may be a torn one.
    for block in 1..3 {
        for byte in [0, 9, 20, 30, 39, 60, 150] {
            let bench = cut_off(7, 3);
            bench.disk.flip(0, block * BLOCK + byte);
            let error = bench.open().err().unwrap();
            assert!(matches!(error, OpenError::Damaged(_)), "{error}");
            let text = error.to_string();
            assert!(text.contains(&format!("record {block} ")), "{text}");
        }
    }
}

#[test]
fn the_last_record_may_be_a_torn_one() {
    let mut bench = cut_off(7, 3);
    bench.disk.flip(0, 3 * BLOCK + 100);
    let mut expected = bench.acknowledged.clone();
    expected.0.remove("full2");
    bench.expect(expected);
    let open = bench.open().unwrap();
    bench.check(&open, "torn");
    bench.write(&open, 5).unwrap();
    bench.check(&open, "torn, and written");
}

#[test]
fn a_header_that_is_damaged_is_told() {
    let bench = cut_off(7, 3);
    bench.disk.flip(0, 17);
    let error = bench.open().err().unwrap();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
}

#[test]
fn a_file_that_is_missing_is_told() {
    let bench = cut_off(7, 8);
    bench.disk.remove(0);
    let error = bench.open().err().unwrap();
    assert!(matches!(error, OpenError::Damaged(_)), "{error}");
}
