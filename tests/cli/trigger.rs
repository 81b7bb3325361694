//! Calling functions.

use iii_kit::{Context, HandlerError, Payload, RegisterFunction};
use iii_testkit::{EngineProcess, Ran, connect, echo, iii};

/// Runs `iii trigger` against an engine and gives what it printed.
fn call(engine: &EngineProcess, arguments: &[&str], stdin: &str) -> Ran {
    let mut all = vec!["trigger"];
    all.extend(arguments);
    engine.iii(&all, stdin)
}

fn ok(stdout: &str) -> Ran {
    Ran {
        code: Some(0),
        stdout: stdout.to_owned(),
        stderr: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_reach_the_function_as_they_were_given() {
    let engine = EngineProcess::start();
    let worker = connect(engine.url(), "echoes").await;
    let _echo = worker
        .register_function("echoes::echo", echo())
        .await
        .unwrap();
    let fields = ["echoes::echo", "n=1.50", "t=some text", "l=[1]"];
    assert_eq!(
        call(&engine, &fields, ""),
        ok("{\n  \"n\": 1.50,\n  \"t\": \"some text\",\n  \"l\": [\n    1\n  ]\n}\n")
    );
    let json = ["echoes::echo", "--json", r#"{"a":1,"b":2}"#, "b=x"];
    assert_eq!(
        call(&engine, &json, ""),
        ok("{\n  \"a\": 1,\n  \"b\": \"x\"\n}\n")
    );
    let stdin = ["echoes::echo", "--json", "-"];
    assert_eq!(
        call(&engine, &stdin, "[12345678901234567890]\n"),
        ok("[\n  12345678901234567890\n]\n")
    );
    assert_eq!(
        call(&engine, &["echoes::echo", "--json", "null"], ""),
        ok("null\n")
    );
    assert_eq!(call(&engine, &["echoes::echo"], ""), ok(""));
    assert_eq!(
        call(&engine, &["echoes::echo", "a=1", "--void"], ""),
        ok("")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_talk_and_exit_code_1() {
    let engine = EngineProcess::start();
    let worker = connect(engine.url(), "fails").await;
    let fail = RegisterFunction::raw(|_: Option<Payload>, _: Context| async {
        Err::<Option<Payload>, _>(HandlerError::new("out_of_stock", "no `bolts` left"))
    });
    let _fail = worker
        .register_function("fails::always", fail)
        .await
        .unwrap();
    let ran = call(&engine, &["fails::always"], "");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr
            .starts_with("error: `out_of_stock`: no `bolts` left\n"),
        "{}",
        ran.stderr
    );
    let ran = call(&engine, &["fails::never"], "");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(
        ran.stderr.starts_with("error: `function_not_found`: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("\nhint: check the id with `iii functions list`"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_takes_too_long_is_given_up() {
    let engine = EngineProcess::start();
    let worker = connect(engine.url(), "sleeps").await;
    let hang = RegisterFunction::raw(|_: Option<Payload>, context: Context| async move {
        context.cancelled().cancelled().await;
        Ok::<_, HandlerError>(None)
    });
    let _hang = worker.register_function("sleeps::on", hang).await.unwrap();
    let ran = call(&engine, &["sleeps::on", "--timeout", "50"], "");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("hint: raise `timeout_ms`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_queue_without_a_provider_is_explained() {
    let engine = EngineProcess::start();
    let ran = call(&engine, &["a::b", "--queue", "default"], "");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .starts_with("error: `enqueue_error`: no queue provider"),
        "{}",
        ran.stderr
    );
}

#[test]
fn state_is_reachable_from_a_shell() {
    let engine = EngineProcess::start();
    let set = ["state::set", "scope=s", "key=k", r#"value={"a":1.0}"#];
    assert_eq!(call(&engine, &set, "").code, Some(0));
    assert_eq!(
        call(&engine, &["state::get", "scope=s", "key=k"], ""),
        ok("{\n  \"a\": 1.0\n}\n")
    );
    let ran = call(&engine, &["state::get", "--describe"], "");
    assert!(
        ran.stdout.contains("  key    string  required"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_cannot_be_understood_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| iii(folder.path(), arguments, "{");
    for arguments in [
        &["trigger"][..],
        &["trigger", "a::b", "noequals"],
        &["trigger", "a::b", "--json", "{"],
        &["trigger", "a::b", "--json", "-"],
        &["trigger", "a::b", "--json", "[1]", "a=1"],
        &["trigger", "a::b", "--timeout", "0"],
        &["trigger", "a::b", "--void", "--queue", "q"],
        &["trigger", "a::b", "--url", "http://127.0.0.1:1"],
        &["nonsense"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.starts_with("error: "),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn no_engine_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    // Port 1 is privileged and unused: nobody listens there.
    let ran = iii(
        folder.path(),
        &["trigger", "a::b", "--url", "ws://127.0.0.1:1"],
        "",
    );
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "error: no engine at ws://127.0.0.1:1: Connection refused (os error 111)\n\
         hint: start one with `iii serve`, or name another with `--url`\n"
    );
}
