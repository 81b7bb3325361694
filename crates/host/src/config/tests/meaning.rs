//! What a valid file means.

use super::{BUILT_INS, parse};
use crate::config::{BindAddress, Config, Listener, Section, StoreConfig};
use iii_backend_local::Acknowledge;
use iii_protocol::Limits;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

#[test]
fn an_empty_file_runs_no_worker_on_the_default_listener() {
    for text in ["", "# nothing\n", "workers:\n", "workers: []\n"] {
        let config = parse(text).unwrap();
        assert!(config.workers.is_empty());
        assert_eq!(config.listeners, [Listener::default()]);
        assert_eq!(config.limits, Limits::DEFAULT);
        assert_eq!(config.data_dir, Path::new(".iii/data"));
    }
}

#[test]
fn a_store_is_kept_as_the_file_says() {
    let text = "store: { durability: relaxed, flush_every_ms: 5, journal_bytes: 4194304, \
                state_entries_max: 3, queue_bytes_max: 2000000 }\n";
    let store = parse(text).unwrap().store;
    let options = store.options();
    let relaxed = Acknowledge::Written {
        flush_every: Duration::from_millis(5),
    };
    assert_eq!(options.acknowledge, relaxed);
    // The files of the journal are parts of it.
    assert_eq!(
        (options.journal_bytes, options.segment_bytes),
        (4 << 20, 1 << 20)
    );
    assert_eq!(store.state_bounds().entries_max, 3);
    assert_eq!(store.queue_bounds().bytes_max, 2_000_000);
    let store = parse("").unwrap().store;
    assert_eq!(store, StoreConfig::default());
    assert_eq!(store.options().acknowledge, Acknowledge::Flushed);
}

#[test]
fn no_file_runs_every_worker_on_loopback() {
    let config = Config::built_in(Path::new("/srv"), &BUILT_INS).unwrap();
    let names: Vec<_> = config.workers.iter().map(|worker| worker.name).collect();
    assert_eq!(names, ["desk", "lamp"]);
    assert!(
        config
            .listeners
            .iter()
            .all(|listener| listener.bind.ip().is_loopback())
    );
}

#[test]
fn every_root_key_is_read() {
    let config = parse(
        "listeners:\n\
         \x20 - bind: 0.0.0.0:4000\n\
         \x20   token: abc\n\
         \x20   allowed_origins: [ 'http://localhost:5173' ]\n\
         \x20   compat: { inject_caller: true }\n\
         \x20 - bind: localhost:${PORT}\n\
         data_dir: ../data\n\
         limits: { connections_max: 7, drain_timeout_ms: 1 }\n\
         threads: 3\n\
         store: { durability: relaxed, journal_bytes: 4194304 }\n\
         workers: [{ name: lamp }]\n",
    )
    .unwrap();
    let [public, local] = &config.listeners[..] else {
        panic!("two listeners")
    };
    assert_eq!(public.token.as_ref().unwrap().reveal(), "abc");
    assert_eq!(public.allowed_origins, ["http://localhost:5173"]);
    assert!(public.compat.inject_caller);
    assert_eq!(local.bind, "127.0.0.1:8080".parse().unwrap());
    assert_eq!(config.data_dir, Path::new("../data"));
    assert_eq!(config.limits.connections_max, 7);
    assert_eq!(config.limits.drain_timeout_ms, 1);
    assert_eq!(config.threads.unwrap().get(), 3);
}

#[test]
fn zero_threads_are_the_default_of_the_engine() {
    assert_eq!(parse("threads: 0").unwrap().threads, None);
}

#[test]
fn a_token_variable_with_an_empty_default_may_be_absent_on_loopback() {
    let config = parse("listeners: [{ bind: localhost:1, token: '' }]");
    assert!(
        config.is_err(),
        "quotes are text, and an empty text is no token"
    );
    let config = parse("listeners:\n  - token: ${NOPE:}\n").unwrap();
    assert_eq!(config.listeners[0].token, None);
}

#[test]
fn published_names_are_understood() {
    let config = parse(
        "registration_namespace_grace_ms: 9\n\
         modules:\n\
         \x20 - name: iii-worker-manager\n\
         \x20   config: { port: 5000 }\n\
         \x20 - name: iii-telemetry\n\
         \x20   config: { enabled: true }\n\
         \x20 - name: iii-desk\n",
    )
    .unwrap();
    assert_eq!(config.limits.registration_namespace_grace_ms, 9);
    assert_eq!(config.listeners[0].bind, "127.0.0.1:5000".parse().unwrap());
    assert_eq!(config.workers[0].name, "desk");
    assert_eq!(
        config.notices,
        ["`iii-telemetry` is ignored: this engine sends no telemetry to anyone"]
    );
}

/// Every value as text, by way of a map.
fn values(text: &str) -> BTreeMap<String, Value> {
    let config = parse(&format!(
        "workers: [{{ name: lamp, config: {{ {text} }} }}]"
    ))
    .unwrap();
    config.workers[0].section.read().unwrap()
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum Value {
    Integer(i64),
    Text(String),
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

#[test]
fn placeholders_are_expanded_in_values_only() {
    let block = parse(
        "# ${NOPE} in a comment\n\
         workers:\n\
         \x20 - name: lamp\n\
         \x20   config:\n\
         \x20     number: ${PORT}\n\
         \x20     default: ${NOPE:3111}\n\
         \x20     quoted: \"${PORT}\"\n\
         \x20     part: :${PORT}\n\
         \x20     url: http://${NOPE:localhost:80}/${PORT}\n\
         \x20     empty: x${EMPTY:unused}\n\
         \x20     escaped: $${PORT}\n\
         \x20     dollar: cost $5\n\
         \x20     yaml: ${YAML}\n\
         \x20     ${KEY}: key\n",
    )
    .unwrap();
    let values: BTreeMap<String, Value> = block.workers[0].section.read().unwrap();
    let expected = [
        ("number", Value::Integer(8080)),
        ("default", Value::Integer(3111)),
        ("quoted", text("8080")),
        ("part", text(":8080")),
        ("url", text("http://localhost:80/8080")),
        ("empty", text("x")),
        ("escaped", text("${PORT}")),
        ("dollar", text("cost $5")),
        ("yaml", text("a: [1, 2]")),
        ("${KEY}", text("key")),
    ];
    assert_eq!(
        values,
        expected.map(|(key, value)| (key.to_owned(), value)).into()
    );
}

#[test]
fn sections_are_equal_when_they_say_the_same() {
    fn section(config: &str) -> Section {
        let text = format!("workers:\n  - name: lamp\n    config: {config}\n");
        parse(&text).unwrap().workers.remove(0).section
    }
    assert_eq!(
        section("{ a: 1, b: [x] }"),
        section("{ 'b': [ \"x\" ], a: 0x1 } # hm")
    );
    assert_eq!(section(""), section("{}"));
    assert_eq!(section("${NOPE:5}"), section("5"));
    assert_ne!(section("{ a: 1 }"), section("{ a: 2 }"));
    assert_ne!(section("{ a: 1 }"), section("{ a: '1' }"));
    assert_ne!(section("{ a: 1 }"), section("{ a: 1, b: 1 }"));
}

#[test]
fn digits_are_text_where_text_belongs() {
    assert_eq!(values("a: 12")["a"], Value::Integer(12));
    let config = parse("listeners: [{ token: 12345 }]").unwrap();
    assert_eq!(
        config.listeners[0].token.as_ref().unwrap().reveal(),
        "12345"
    );
    assert!("nonsense".parse::<BindAddress>().is_err());
}

#[test]
fn the_data_folder_is_found_in_a_file_that_is_wrong_elsewhere() {
    let file = crate::File {
        path: "a/iii-config.yaml".into(),
        text: "data_dir: d\nnonsense: 1\n".to_owned(),
    };
    let environment = super::environment();
    assert_eq!(Config::data_dir_of(&file, &environment), Path::new("a/d"));
    let broken = crate::File {
        text: "[".to_owned(),
        ..file
    };
    assert_eq!(
        Config::data_dir_of(&broken, &environment),
        Path::new("a/.iii/data")
    );
}

#[test]
fn a_token_is_not_shown() {
    let config = parse("listeners: [{ token: hunter2 }]").unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}
