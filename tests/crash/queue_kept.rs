//! SIGKILL for the engine while many enqueue and others work: every message that was acknowledged
//! is handled, each group in its order, and nothing that was done comes back.

use crate::queue_load::QueueLoad;
use crate::support::{HELD, with};
use iii_testkit::{Deaths, EngineProcess};

/// The port is the same after each death.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: queue
";
/// What a store of this size has is brought into its data file every few hundred writes.
const STORE: &str = "store: { overlay_bytes: 1048576, journal_bytes: 1048576 }\n";

/// Kills at moments that are acknowledgements apart.
async fn what_was_acknowledged_is_handled(mut engine: EngineProcess, mut deaths: Deaths) {
    let load = QueueLoad::new(&engine).await;
    for _ in 0..deaths.planned() {
        let running = load.start(&engine).await;
        running.acknowledged(deaths.pick(30..230)).await;
        engine.kill();
        running.stop().await;
        engine.restart();
        deaths.survived(engine.started_in());
    }
    load.finish(&engine, deaths.planned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_handled_in_order() {
    let deaths = Deaths::of("queue", 50);
    what_was_acknowledged_is_handled(with(CONFIG, &[]), deaths).await;
}

/// As when the power goes: what was not flushed is lost.
#[tokio::test(flavor = "multi_thread")]
async fn and_needs_nothing_that_was_not_flushed() {
    let deaths = Deaths::of("queue, unflushed lost", 40);
    what_was_acknowledged_is_handled(with(&format!("{CONFIG}{STORE}"), &[HELD]), deaths).await;
}
