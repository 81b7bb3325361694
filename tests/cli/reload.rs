//! The file changes while the engine runs.

use crate::support::http_status;
use iii_testkit::{Authority, EngineProcess, Event, ProcessOptions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// An engine whose `http` worker is at a port of its own; the port is known before, so that
/// changes can keep it.
fn start(http_config: &str) -> EngineProcess {
    EngineProcess::with(ProcessOptions::with_config(config(http_config)))
}

fn config(http_config: &str) -> String {
    format!(
        "listeners: [{{ bind: '127.0.0.1:0' }}]\n\
         workers:\n\
         \x20 - name: state\n\
         \x20 - name: http\n\
         \x20   config: {http_config}\n"
    )
}

fn reloaded(engine: &mut EngineProcess) -> (Vec<String>, Vec<String>, Vec<String>) {
    match engine.next_event() {
        Event::Reloaded {
            changed,
            removed,
            added,
            failed,
            ..
        } if failed.is_empty() => (changed, removed, added),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_worker_moves_to_another_port() {
    let mut engine = start("{ port: 0 }");
    let before = engine.http_url().to_owned();
    let free = free_port();
    engine.write_config(&config(&format!("{{ port: {free} }}")));
    assert_eq!(
        reloaded(&mut engine),
        (vec!["http".to_owned()], vec![], vec![])
    );
    let after = format!("http://127.0.0.1:{free}");
    assert_eq!(
        http_status(&after).as_deref(),
        Some("HTTP/1.1 404 Not Found")
    );
    assert_eq!(http_status(&before), None, "the old port is closed");
}

#[test]
fn a_worker_gets_other_settings_on_the_same_port() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let mut engine = start(&format!("{{ port: {port} }}"));
    engine.write_config(&config(&format!("{{ port: {port}, default_timeout: 5 }}")));
    assert_eq!(
        reloaded(&mut engine),
        (vec!["http".to_owned()], vec![], vec![])
    );
    assert_eq!(http_status(&url).as_deref(), Some("HTTP/1.1 404 Not Found"));
}

#[test]
fn a_worker_keeps_its_connections_over_new_settings() {
    let mut engine = start("{ port: 0 }");
    let address = engine
        .http_url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut kept = TcpStream::connect(&address).unwrap();
    let head = "GET /nothing HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    kept.write_all(head.as_bytes()).unwrap();
    assert!(answer(&mut kept).starts_with("HTTP/1.1 404 Not Found"));
    let authority = Authority::new();
    let files = authority.issue(&["127.0.0.1"]);
    std::fs::copy(&files.cert, engine.folder().join("cert.pem")).unwrap();
    std::fs::copy(&files.key, engine.folder().join("key.pem")).unwrap();
    let port = free_port();
    // Paths begin where the file is.
    engine.write_config(&config(&format!(
        "{{ access_log: true, listeners: [{{ bind: '127.0.0.1:0' }}, \
         {{ bind: '127.0.0.1:{port}', tls: {{ cert: cert.pem, key: key.pem }} }}] }}"
    )));
    let expected = (vec!["http".to_owned()], vec![], vec![]);
    assert_eq!(reloaded(&mut engine), expected);
    kept.write_all(head.as_bytes()).unwrap();
    assert!(answer(&mut kept).starts_with("HTTP/1.1 404 Not Found"));
    // What comes without TLS to the listener that has it is told so.
    let declined = http_status(&format!("http://127.0.0.1:{port}"));
    assert_eq!(declined.as_deref(), Some("HTTP/1.1 400 Bad Request"));
}

/// One answer on a connection that stays.
fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head
}

#[test]
fn workers_come_and_go() {
    let mut engine = start("{ port: 0 }");
    let before = engine.http_url().to_owned();
    engine.write_config("listeners: [{ bind: '127.0.0.1:0' }]\nworkers: [{ name: state }]\n");
    assert_eq!(
        reloaded(&mut engine),
        (vec![], vec!["http".to_owned()], vec![])
    );
    assert_eq!(http_status(&before), None);
    engine.write_config(&config("{ port: 0 }"));
    assert_eq!(
        reloaded(&mut engine),
        (vec![], vec![], vec!["http".to_owned()])
    );
}

#[test]
fn what_state_holds_survives_its_new_settings() {
    let mut engine = start("{ port: 0 }");
    let set = ["trigger", "state::set", "scope=s", "key=k", "value=1"];
    assert_eq!(engine.iii(&set, "").code, Some(0));
    let changed = config("{ port: 0 }").replace(
        "- name: state",
        "- name: state\n    config: { max_value_bytes: 4 }",
    );
    engine.write_config(&changed);
    assert_eq!(
        reloaded(&mut engine),
        (vec!["state".to_owned()], vec![], vec![])
    );
    let get = ["trigger", "state::get", "scope=s", "key=k"];
    assert_eq!(engine.iii(&get, "").stdout, "1\n");
    let too_large = ["trigger", "state::set", "scope=s", "key=k", "value=12345"];
    let ran = engine.iii(&too_large, "");
    assert!(ran.stderr.contains("VALUE_TOO_LARGE"), "{}", ran.stderr);
}

#[test]
fn a_bad_edit_is_reported_and_changes_nothing() {
    let mut engine = start("{ port: 0 }");
    let url = engine.http_url().to_owned();
    for (bad, part) in [
        ("workers: [", "not valid YAML"),
        ("worker: []", "did you mean `workers`?"),
        (
            "workers: [{ name: http, config: { port: x } }]",
            "found text",
        ),
    ] {
        engine.write_config(bad);
        match engine.next_event() {
            Event::NotReloaded { error } => assert!(error.contains(part), "{error}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(http_status(&url).as_deref(), Some("HTTP/1.1 404 Not Found"));
    }
    engine.wait_for_stderr("the running configuration stays in force");
    engine.write_config(&config("{ port: 0, default_timeout: 5 }"));
    assert_eq!(
        reloaded(&mut engine).0,
        ["http"],
        "a good edit is taken again"
    );
}

#[test]
fn a_port_that_is_taken_leaves_the_old_one_in_service() {
    let mut engine = start("{ port: 0 }");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    engine.write_config(&config(&format!("{{ port: {port} }}")));
    match engine.next_event() {
        Event::Reloaded { failed, .. } => {
            assert_eq!(failed[0].name, "http");
            assert!(
                failed[0].error.ends_with("it runs as before"),
                "{}",
                failed[0].error
            );
        }
        other => panic!("{other:?}"),
    }
    let types = engine.iii(&["triggers", "list", "--types"], "").stdout;
    assert!(types.contains("\nhttp "), "{types}");
}

#[test]
fn listeners_follow_the_file() {
    let mut engine = EngineProcess::with(ProcessOptions::with_config(
        "listeners: [{ bind: '127.0.0.1:0' }]\n",
    ));
    let port = free_port();
    let before = engine.url().to_owned();
    engine.write_config(&format!(
        "listeners: [{{ bind: '127.0.0.1:{port}', token: abc }}]\n"
    ));
    assert!(matches!(
        engine.next_event(),
        Event::Reloaded {
            listeners_changed: true,
            ..
        }
    ));
    let old = engine.iii(&["workers", "list"], "");
    assert!(
        old.stderr
            .starts_with(&format!("error: no engine at {before}")),
        "{}",
        old.stderr
    );
    let folder = tempfile::tempdir().unwrap();
    let url = format!("ws://127.0.0.1:{port}");
    let stranger = iii_testkit::iii(folder.path(), &["workers", "list", "--url", &url], "");
    assert!(
        stranger.stderr.contains("hint: set `III_TOKEN`"),
        "{}",
        stranger.stderr
    );
    std::fs::write(folder.path().join("token"), "abc\n").unwrap();
    let arguments = ["workers", "list", "--url", &url, "--token-file", "token"];
    assert_eq!(
        iii_testkit::iii(folder.path(), &arguments, "").code,
        Some(0)
    );
}

#[test]
fn what_needs_a_restart_is_said() {
    let mut engine = start("{ port: 0 }");
    engine.write_config(&format!(
        "{}limits: {{ connections_max: 5 }}\n",
        config("{ port: 0 }")
    ));
    match engine.next_event() {
        Event::Reloaded { needs_restart, .. } => assert_eq!(needs_restart, ["limits"]),
        other => panic!("{other:?}"),
    }
    engine.wait_for_stderr("hint: restart the engine to apply `limits`");
}

fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").unwrap();
    probe.local_addr().unwrap().port()
}
