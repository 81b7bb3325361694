//! Starting.

use iii_testkit::{EngineProcess, ProcessOptions, iii};
use std::net::TcpListener;

#[test]
fn a_file_is_found_and_its_workers_run() {
    let engine = EngineProcess::start();
    assert!(engine.url().starts_with("ws://127.0.0.1:"));
    let status = crate::support::http_status(engine.http_url());
    assert_eq!(status.as_deref(), Some("HTTP/1.1 404 Not Found"));
    // The two streams are read by two threads: the event on stdout may be seen first.
    engine.wait_for_stderr("configuration: iii-config.yaml");
    engine.wait_for_stderr("workers: state, http (http://127.0.0.1:");
    engine.wait_for_stderr("data in `.iii/data`, on the disk before it is acknowledged");
    engine.wait_for_stderr(&format!("listening on {}", engine.url()));
}

#[test]
fn the_older_file_name_is_found_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.yaml"), "nonsense: 1\n").unwrap();
    let ran = iii(folder.path(), &[], "");
    assert!(
        ran.stderr
            .starts_with("error: config.yaml:1:1: unknown key"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_named_file_is_read_instead() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("iii-config.yaml"), "").unwrap();
    let ran = iii(folder.path(), &["--config", "other.yaml"], "");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .starts_with("error: other.yaml: cannot read the configuration: No such file"),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_a_file_every_worker_runs() {
    // The ports are fixed then, so only one test can do this, and only where they are free.
    let ports = [49134, 3111].map(|port| TcpListener::bind(("127.0.0.1", port)));
    if let Some(taken) = ports.iter().find_map(|port| port.as_ref().err()) {
        iii_testkit::skip(&format!("a default port is taken: {taken}"));
        return;
    }
    drop(ports);
    let options = ProcessOptions {
        config: None,
        ..ProcessOptions::default()
    };
    let engine = EngineProcess::with(options);
    assert_eq!(engine.url(), "ws://127.0.0.1:49134");
    assert_eq!(engine.http_url(), "http://127.0.0.1:3111");
    engine.wait_for_stderr("configuration: none, so all workers");
}

#[test]
fn a_second_engine_on_the_same_port_says_so() {
    let first = EngineProcess::start();
    let port = first.url().rsplit(':').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("listeners: [{{ bind: '127.0.0.1:{port}' }}]\n");
    std::fs::write(folder.path().join("iii-config.yaml"), config).unwrap();
    let ran = iii(folder.path(), &["serve"], "");
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        format!(
            "error: cannot listen on 127.0.0.1:{port}: Address already in use (os error 98)\n\
             hint: if another engine runs there, use it or stop it; else set another address in \
             `listeners[].bind`\n"
        )
    );
}

#[test]
fn a_worker_without_its_port_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "listeners: [{{ bind: '127.0.0.1:0' }}]\n\
         workers: [{{ name: http, config: {{ port: {port} }} }}]\n"
    );
    std::fs::write(folder.path().join("iii-config.yaml"), config).unwrap();
    let ran = iii(folder.path(), &["serve"], "");
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .starts_with("error: worker `http` did not start: cannot listen on"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_killed_engine_comes_back_on_its_ports() {
    let mut engine = EngineProcess::start();
    let (url, http_url) = (engine.url().to_owned(), engine.http_url().to_owned());
    engine.kill();
    engine.restart();
    assert_eq!(
        (engine.url(), engine.http_url()),
        (url.as_str(), http_url.as_str())
    );
    assert_eq!(engine.iii(&["workers", "list"], "").code, Some(0));
}
