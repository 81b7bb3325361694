//! SIGKILL for the engine while many write: what `state` has acknowledged is there afterwards, and
//! of a batch all or nothing.

use crate::state_load::StateLoad;
use crate::support::{HELD, with};
use iii_testkit::{Deaths, EngineProcess};

const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: state
";
/// What a store of this size has is brought into its data file every few hundred writes.
const STORE: &str = "store: { overlay_bytes: 1048576, journal_bytes: 1048576 }\n";

/// Kills at moments that are writes apart.
async fn what_was_acknowledged_stays(mut engine: EngineProcess, mut deaths: Deaths) {
    let mut load = StateLoad::new(0);
    for _ in 0..deaths.planned() {
        let running = load.start(&engine).await;
        running.written(deaths.pick(20..220)).await;
        engine.kill();
        let ended = running.stop().await;
        engine.restart();
        deaths.survived(engine.started_in());
        load.check(&engine, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there() {
    what_was_acknowledged_stays(with(CONFIG, &[]), Deaths::of("state", 50)).await;
}

/// As when the power goes: what was not flushed is lost.
#[tokio::test(flavor = "multi_thread")]
async fn and_needs_nothing_that_was_not_flushed() {
    let deaths = Deaths::of("state, unflushed lost", 40);
    what_was_acknowledged_stays(with(&format!("{CONFIG}{STORE}"), &[HELD]), deaths).await;
}
