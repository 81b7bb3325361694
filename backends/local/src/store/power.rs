//! Power cuts, failing and full disks, at every single step that the store takes.
//!
//! The disk is a simulated one: what was not flushed when the power goes may be there, or not, or
//! half, in any order. Nothing sleeps, and every history is repeated by its seed.

mod bench;
mod damage;
pub(in crate::store) mod disk;
mod full;
mod platter;
mod relaxed;

use bench::{Bench, small};
use iii_ports::kv::CommitError;

/// Writes until something happens at step `step`, brings the power back, and looks. Whether
/// anything happened.
fn cut_at(seed: u64, step: u64) -> bool {
    let story = format!("seed {seed}, step {step}");
    let mut bench = Bench::new(seed);
    bench.disk.cut_at(step);
    let lived = match bench.open() {
        Ok(open) => (0..24).all(|number| bench.write(&open, number).is_ok()),
        Err(_) => false,
    };
    if lived && bench.disk.is_on() {
        return false;
    }
    bench.disk.restore();
    let open = bench.open();
    let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
    bench.check(&open, &story);
    // And it goes on as if nothing had been.
    for number in 100..104 {
        bench.write(&open, number).unwrap();
    }
    bench.check(&open, &story);
    drop(open);
    let open = bench.open().unwrap();
    bench.check(&open, &format!("{story}, opened again"));
    true
}

#[test]
fn no_power_cut_takes_what_was_acknowledged() {
    let mut cuts = 0;
    for seed in 0..3 {
        let mut step = 0;
        while cut_at(seed, step) {
            step += 1;
            cuts += 1;
        }
    }
    assert!(cuts > 300, "only {cuts} steps were met");
}

#[test]
fn power_cuts_one_after_the_other() {
    for seed in 100..130 {
        lives(&mut Bench::new(seed), seed);
    }
}

/// As in a real life: checkpoints are written beside everything else.
#[test]
fn power_cuts_while_checkpoints_are_written() {
    for seed in 200..230 {
        let mut settings = small();
        settings.is_inline = false;
        lives(&mut Bench::with(seed, settings), seed);
    }
}

fn lives(bench: &mut Bench, seed: u64) {
    let mut number = 0;
    for life in 0..12 {
        let story = format!("seed {seed}, life {life}");
        bench.disk.cut_at(20 + (seed * 7 + life * 13) % 130);
        if let Ok(open) = bench.open() {
            bench.check_if_on(&open, &story);
            while bench.write(&open, number).is_ok() {
                number += 1;
            }
            number += 1;
        }
        bench.disk.restore();
    }
    let open = bench.open().unwrap();
    bench.check(&open, &format!("seed {seed}"));
}

#[test]
fn a_disk_that_fails_once_is_an_error_once() {
    let mut failures = 0;
    for step in 0.. {
        let mut bench = Bench::new(step);
        let open = bench.open().unwrap();
        bench.write(&open, 0).unwrap();
        bench.disk.fail_at(step);
        let mut errors = Vec::new();
        for number in 1..12 {
            if let Err(error) = bench.write(&open, number) {
                errors.push(error);
                bench.check(&open, &format!("step {step}, failed"));
            }
        }
        if bench.disk.has_not_failed() {
            break;
        }
        failures += 1;
        assert!(errors.len() <= 1, "step {step}: {errors:?}");
        for error in &errors {
            assert!(matches!(error, CommitError::Io(_)), "step {step}: {error}");
        }
        bench.write(&open, 20).unwrap();
        bench.check(&open, &format!("step {step}"));
        drop(open);
        let open = bench.open().unwrap();
        bench.check(&open, &format!("step {step}, opened again"));
    }
    assert!(failures > 60, "only {failures} steps were met");
}

/// What a failed flush has not brought to the disk, later flushes do not bring there either, and
/// nothing that was safe is written over before something else is.
#[test]
fn a_failure_and_then_a_power_cut_take_nothing() {
    for later in [1, 2, 3, 5, 8, 13, 40] {
        let mut step = 0;
        while fail_and_cut(step, later) {
            step += 1;
        }
        assert!(step > 60, "only {step} steps were met");
    }
}

/// Whether the disk had a step to fail at.
fn fail_and_cut(step: u64, later: u64) -> bool {
    let story = format!("step {step} and {later}");
    let mut bench = Bench::new(step);
    let open = bench.open().unwrap();
    bench.write(&open, 0).unwrap();
    bench.disk.fail_at(step);
    bench.disk.cut_at(step + later);
    for number in 1..14 {
        if bench.write(&open, number).is_err() {
            if !bench.disk.is_on() {
                break;
            }
            bench.check_if_on(&open, &story);
        }
    }
    let has_failed = !bench.disk.has_not_failed();
    bench.disk.cut_at(0);
    drop(open);
    bench.disk.restore();
    let open = bench.open();
    let open = open.unwrap_or_else(|error| panic!("{story}: {error}"));
    bench.check(&open, &format!("{story}, opened again"));
    has_failed
}
