//! The quickstart of the README does what it says.

use iii_testkit::TestEngine;
use std::path::PathBuf;
use std::process::Command;

const README: &str = include_str!("../../README.md");
const PROGRAMS: [&str; 2] = [
    include_str!("../../examples/quickstart.rs"),
    include_str!("../../examples/tracing.rs"),
];

const OTHERS: [&str; 2] = [
    include_str!("../../../typescript/README.md"),
    include_str!("../../../python/README.md"),
];

/// Cargo builds examples next to the tests.
fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples")
        .join(name)
}

/// What an example prints when it runs against a real engine.
async fn printed(name: &'static str) -> String {
    let engine = TestEngine::start().await;
    let url = engine.url();
    let ran = tokio::task::spawn_blocking(move || Command::new(program(name)).arg(url).output());
    let ran = ran.await.unwrap().unwrap();
    let talk = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{talk}");
    engine.stop().await;
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_programs_are_the_examples() {
    let blocks: Vec<_> = README.split("```rust\n").skip(1).collect();
    assert_eq!(blocks.len(), PROGRAMS.len());
    for (block, program) in blocks.iter().zip(PROGRAMS) {
        let (block, _) = block.split_once("```").unwrap();
        assert!(program.ends_with(block), "the README shows another program");
    }
}

/// When spans are made, and what they are like, is one contract, in one wording.
#[test]
fn every_readme_says_the_same_about_spans() {
    let told = |readme: &str| {
        let paragraphs: Vec<_> = readme.split("\n\n").collect();
        let told = paragraphs
            .iter()
            .find(|text| text.starts_with("Spans are made when"));
        told.unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    for other in OTHERS {
        assert_eq!(told(other), told(README));
    }
}

#[tokio::test]
async fn the_quickstart_prints_what_it_says() {
    assert_eq!(printed("quickstart").await, "7\n");
}

#[cfg(feature = "opentelemetry")]
#[tokio::test]
async fn a_traced_program_prints_its_spans() {
    let expected = "42\n\
        Internal ask the bank\n\
        Server execute payments::charge\n\
        Client call payments::charge\n";
    assert_eq!(printed("tracing").await, expected);
}
