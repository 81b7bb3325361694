//! SIGKILL at the named places of the store while many enqueue, work and write: the places of
//! `fail_points`, met by records that many share, and by checkpoints that others write beside.

use crate::queue_load::QueueLoad;
use crate::state_load::StateLoad;
use crate::support::{HELD, with};
use iii_testkit::{Deaths, Ended};
use std::ops::Range;

/// A checkpoint is made with every few hundred writes.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
store: { overlay_bytes: 1048576, journal_bytes: 1048576 }
workers:
  - name: state
  - name: queue
";
/// Bytes of each value.
const PAD: usize = 1000;

/// Lets the engine die at one place after the other, under load, in one life of its data.
async fn die_at(
    places: &[&str],
    passages: Range<u64>,
    variables: &[(&str, &str)],
    mut deaths: Deaths,
) {
    let mut engine = with(CONFIG, variables);
    let queue = QueueLoad::new(&engine).await;
    let mut state = StateLoad::new(PAD);
    for death in 0..deaths.planned() {
        let place = places[(death % places.len() as u64) as usize];
        let plan = format!("{place}:{}", deaths.pick(passages.clone()));
        engine.kill();
        engine.set_variable("III_FAIL_POINT", Some(&plan));
        engine.restart();
        let jobs = queue.start(&engine).await;
        let writes = state.start(&engine).await;
        let ended = tokio::task::block_in_place(|| engine.wait());
        assert_eq!(ended, Ended::Signal, "{plan}: {}", engine.stderr());
        jobs.stop().await;
        let ended = writes.stop().await;
        engine.set_variable("III_FAIL_POINT", None);
        engine.restart();
        deaths.survived(engine.started_in());
        state.check(&engine, ended).await;
    }
    // The engine is also killed while nothing happens: before each life with a plan.
    queue.finish(&engine, 2 * deaths.planned()).await;
}

const WRITES: [&str; 3] = ["append.before", "append.written", "flush.done"];
const CHECKPOINTS: [&str; 2] = ["checkpoint.middle", "checkpoint.done"];

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_a_shared_write_takes_nothing() {
    let deaths = Deaths::of("places of a write", 6);
    die_at(&WRITES, 50..500, &[], deaths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_with_what_was_not_flushed() {
    let deaths = Deaths::of("places of a write, unflushed lost", 6);
    die_at(&WRITES, 50..500, &[HELD], deaths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_in_a_checkpoint_under_load_takes_nothing() {
    let deaths = Deaths::of("places of a checkpoint", 4);
    die_at(&CHECKPOINTS, 1..8, &[], deaths).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_with_what_was_not_flushed_in_a_checkpoint() {
    let deaths = Deaths::of("places of a checkpoint, unflushed lost", 4);
    die_at(&CHECKPOINTS, 1..8, &[HELD], deaths).await;
}
