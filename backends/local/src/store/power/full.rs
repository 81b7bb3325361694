//! Full disks.

use super::bench::{Bench, is_full};

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    // From room for hardly anything to room for some checkpoints, in steps of less than a page.
    for room in (0..400 * 1024).step_by(3_500) {
        let story = format!("room {room}");
        let mut bench = Bench::new(room);
        let open = bench.open().unwrap();
        bench.write(&open, 0).unwrap();
        bench.disk.limit(Some(bench.disk.len() + room));
        let mut written = 0;
        let refused = loop {
            match bench.fill(&open, written, 20_000) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
            assert!(written < 10_000, "the disk never fills");
        };
        assert!(is_full(&refused), "{story}: {refused}");
        bench.check(&open, &story);
        // It can still be read, and things can still be thrown away.
        for key in ["a0", "full0", "full1", "full2"] {
            let deleted = bench.delete(&open, key);
            deleted.unwrap_or_else(|error| panic!("{story}, {written} written, {key}: {error}"));
        }
        bench.check(&open, &format!("{story}, deleted"));
        // A process that ends meanwhile leaves what can be opened and read.
        drop(open);
        let open = bench.open();
        let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
        bench.check(&open, &format!("{story}, opened while it is full"));
        bench.disk.limit(None);
        bench.fill(&open, 77_777, 20_000).unwrap();
        drop(open);
        let open = bench.open().unwrap();
        bench.check(&open, &format!("{story}, opened again"));
    }
}

/// Small writes run into the end of the disk at the journal, large ones at the data file.
#[test]
fn a_disk_that_fills_by_small_writes_goes_on_too() {
    for room in (0..200 * 1024).step_by(7_000) {
        let story = format!("room {room}");
        let mut bench = Bench::new(room);
        let open = bench.open().unwrap();
        bench.disk.limit(Some(bench.disk.len() + room));
        let mut number = 0;
        while let Ok(()) = bench.fill(&open, number, 300) {
            number += 1;
            assert!(number < 100_000, "the disk never fills");
        }
        bench.check(&open, &story);
        for key in 0..number.min(4) {
            bench.delete(&open, &format!("full{key}")).unwrap();
        }
        bench.check(&open, &format!("{story}, deleted"));
        bench.disk.cut_at(0);
        drop(open);
        bench.disk.restore();
        let open = bench.open();
        let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
        bench.check(&open, &format!("{story}, opened again"));
        bench.disk.limit(None);
        bench.write(&open, 1).unwrap();
        bench.check(&open, &story);
    }
}
