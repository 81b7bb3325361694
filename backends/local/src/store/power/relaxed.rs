//! Writes that are acknowledged before they are flushed.

use super::super::options::Acknowledge;
use super::bench::{Bench, small};
use std::time::Duration;

fn bench(seed: u64) -> Bench {
    let mut settings = small();
    // Never, as far as this test is concerned, but for full segments and checkpoints.
    let flush_every = Duration::from_secs(3600);
    settings.options.acknowledge = Acknowledge::Written { flush_every };
    Bench::with(seed, settings)
}

/// The last writes may be gone, but what is there is one of the moments that there were: never a
/// later write without an earlier one.
#[test]
fn a_power_cut_takes_the_last_writes_and_no_others() {
    let (mut cuts, mut losses) = (0, 0);
    for seed in 0..12 {
        for step in (seed % 5..400).step_by(5) {
            let story = format!("seed {seed}, step {step}");
            let mut bench = bench(seed * 1_000 + step);
            bench.disk.cut_at(step);
            if let Ok(open) = bench.open() {
                let _ = (0..40).try_for_each(|number| bench.write(&open, number));
            }
            if bench.disk.is_on() {
                break;
            }
            cuts += 1;
            bench.disk.restore();
            let open = bench.open();
            let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
            let found = bench.all(&open).unwrap();
            let moments = &bench.moments;
            let moment = moments.iter().rposition(|moment| *moment == found);
            let Some(moment) = moment else {
                panic!("{story}: nothing was ever like {found:?}");
            };
            losses += usize::from(moment + 1 < moments.len());
            bench.expect(found);
            bench.check(&open, &story);
            bench.write(&open, 99).unwrap();
            bench.check(&open, &story);
        }
    }
    assert!(cuts > 300 && losses > 60, "{cuts} cuts, {losses} losses");
}

/// A disk that fails for a while, and then a power cut: what was acknowledged last may be gone,
/// but nothing later is kept without what was earlier.
#[test]
fn a_disk_that_fails_for_a_while_leaves_no_gap() {
    let mut failures = 0;
    for step in (0..240).step_by(2) {
        for (fail_for, later) in [(2, 1), (2, 3), (2, 6), (3, 2), (3, 9), (9, 20)] {
            let story = format!("step {step}, failing for {fail_for}, cut {later} later");
            let mut bench = bench(step);
            let open = bench.open().unwrap();
            bench.disk.fail_at(step);
            bench.disk.fail_for(fail_for);
            bench.disk.cut_at(step + fail_for + later);
            let mut number = 0;
            while bench.disk.is_on() && number < 60 {
                let _ = bench.write(&open, number);
                number += 1;
            }
            failures += usize::from(!bench.disk.has_not_failed());
            bench.disk.cut_at(0);
            drop(open);
            bench.disk.restore();
            let open = bench.open();
            let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
            let found = bench.all(&open).unwrap();
            let is_a_moment = bench.moments.contains(&found);
            assert!(is_a_moment, "{story}: nothing was ever like {found:?}");
        }
    }
    assert!(failures > 100, "only {failures}");
}

/// What was acknowledged without a flush does not vanish because a later flush fails.
#[test]
fn a_flush_that_fails_takes_nothing_from_a_process_that_lives() {
    for step in 0.. {
        let story = format!("step {step}");
        let mut bench = bench(step);
        let open = bench.open().unwrap();
        bench.disk.fail_at(step);
        for number in 0..16 {
            if bench.write(&open, number).is_err() {
                bench.check(&open, &story);
            }
        }
        if bench.disk.has_not_failed() {
            assert!(step > 60, "only {step} steps were met");
            break;
        }
        bench.write(&open, 20).unwrap();
        bench.check(&open, &story);
        // An ordered end flushes everything, also what the failure concerned.
        drop(open);
        bench.disk.cut_at(0);
        bench.disk.restore();
        let open = bench.open();
        let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
        bench.check(&open, &format!("{story}, opened again"));
    }
}
