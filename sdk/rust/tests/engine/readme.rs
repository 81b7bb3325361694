//! The quickstart of the README does what it says.

use iii_testkit::TestEngine;
use std::path::PathBuf;
use std::process::Command;

const README: &str = include_str!("../../README.md");
const PROGRAM: &str = include_str!("../../examples/quickstart.rs");

/// Cargo builds examples next to the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/quickstart")
}

#[test]
fn the_quickstart_is_the_example() {
    let (_, block) = README.split_once("```rust\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert!(PROGRAM.ends_with(block), "the README shows another program");
}

#[tokio::test]
async fn the_quickstart_prints_what_it_says() {
    let engine = TestEngine::start().await;
    let url = engine.url();
    let ran = tokio::task::spawn_blocking(move || Command::new(program()).arg(url).output());
    let ran = ran.await.unwrap().unwrap();
    let talk = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{talk}");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "7\n", "{talk}");
    engine.stop().await;
}
