//! Lists.

use iii_kit::{RegisterFunction, RegisterTriggerInput};
use iii_testkit::{EngineProcess, connect, echo};
use serde_json::{Value, json};

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_workers_and_triggers_are_listed() {
    let engine = EngineProcess::start();
    let worker = connect(engine.url(), "shop").await;
    let order: RegisterFunction = echo().description("takes an order");
    let _order = worker
        .register_function("shop::order", order)
        .await
        .unwrap();
    let config = json!({ "api_path": "/orders", "http_method": "POST" });
    let trigger = RegisterTriggerInput::new("http", "shop::order", &config);
    let _trigger = worker.register_trigger(trigger).await.unwrap();

    let functions = engine.iii(&["functions", "list"], "");
    assert_eq!(functions.stderr, "");
    let listed = rows(&functions.stdout);
    assert_eq!(
        listed[0],
        ["FUNCTION", "NAMESPACE", "WORKER", "DESCRIPTION"]
    );
    assert!(listed.contains(&vec![
        "shop::order",
        "default",
        "shop",
        "takes",
        "an",
        "order"
    ]));
    assert!(listed.iter().any(|row| row[0] == "state::get"));
    assert!(!listed.iter().any(|row| row[0].starts_with("engine::")));
    let all = engine.iii(&["functions", "list", "--all"], "");
    assert!(all.stdout.contains("engine::functions::list"));

    let workers = engine.iii(&["workers", "list"], "");
    let listed = rows(&workers.stdout);
    assert!(
        listed
            .iter()
            .any(|row| row[..3] == ["shop", "default", "1"]),
        "{}",
        workers.stdout
    );

    let triggers = engine.iii(&["triggers", "list"], "");
    let listed = rows(&triggers.stdout);
    assert_eq!(
        listed[1][..3],
        ["http", "shop::order", "shop"],
        "{}",
        triggers.stdout
    );
    let types = engine.iii(&["triggers", "list", "--types"], "");
    assert!(
        rows(&types.stdout)
            .iter()
            .any(|row| row[..3] == ["state", "default", "state"])
    );
}

#[test]
fn json_is_the_engines_own_answer() {
    let engine = EngineProcess::start();
    for (command, key) in [
        ("functions", "functions"),
        ("workers", "workers"),
        ("triggers", "registered_triggers"),
    ] {
        let ran = engine.iii(&[command, "list", "--json"], "");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(answer[key].is_array(), "{}", ran.stdout);
    }
}

#[test]
fn without_an_engine_stdout_stays_empty() {
    let folder = tempfile::tempdir().unwrap();
    let ran = iii_testkit::iii(
        folder.path(),
        &["workers", "list", "--url", "ws://127.0.0.1:1"],
        "",
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
}
