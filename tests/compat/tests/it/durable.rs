//! Queues, topics and state, as older projects configure and use them.

use crate::programs;
use crate::run::{all_hold, checks, run};
use anyhow::Result;
use iii_compat::{Part, Program};
use iii_testkit::ProcessOptions;
use std::process::Command;

/// Names and keys are those of a published configuration.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: iii-http
    config:
      port: ${III_TEST_HTTP_PORT:0}
  - name: iii-state
    config:
      adapter: {name: kv, config: {store_method: file_based, file_path: ./data/state}}
  - name: iii-queue
    config:
      adapter: {name: builtin, config: {store_method: file_based, file_path: ./data/queues}}
      queue_configs:
        orders: {type: standard, concurrency: 4, max_retries: 3, backoff_ms: 1, poll_interval_ms: 100}
        ledger: {type: fifo, concurrency: 4, message_group_field: account, backoff_ms: 1}
        fragile: {max_retries: 1}
        loose: {max_priority: 5, priority_field: urgency}
";
/// How many checks each program has.
const CHECKS: usize = 20;

/// A program on the published package and on ours, at the same time: both find that all is well.
async fn both(published: Command, ours: Command) -> Result<()> {
    let found = |name, command| {
        let program = Program::new(name, command, Part::Durable);
        run(program, ProcessOptions::with_config(CONFIG), None)
    };
    let (published, ours) = tokio::join!(found("published", published), found("iii-kit", ours));
    let ((published, _), (ours, _)) = (published?, ours?);
    all_hold(&published, CHECKS);
    all_hold(&ours, CHECKS);
    assert_eq!(checks(&ours), checks(&published));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn python_uses_queues_and_state() -> Result<()> {
    match (programs::python(), programs::python_on_iii_kit()) {
        (Some(published), Some(ours)) => both(published, ours).await,
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_uses_queues_and_state() -> Result<()> {
    match (programs::node(), programs::node_on_iii_kit()) {
        (Some(published), Some(ours)) => both(published, ours).await,
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_uses_queues_and_state() -> Result<()> {
    let [published, ours] = programs::rust().await?;
    both(published, ours).await
}
