//! Configuration that is refused: before anything has started, with the place and what to do.

use iii_testkit::{Authority, iii};

fn refused(config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("iii-config.yaml"), config).unwrap();
    let ran = iii(folder.path(), &["serve"], "");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(!folder.path().join(".iii").exists(), "nothing was started");
    let file = std::fs::read_to_string(folder.path().join("iii-config.yaml")).unwrap();
    assert_eq!(file, config, "the file is the user's");
    ran.stderr
}

#[test]
fn keys_of_the_real_workers_are_checked() {
    let text = refused("workers:\n  - name: http\n    config:\n      prot: 80\n");
    let expected = "error: iii-config.yaml:4:7: `workers[0].config`: unknown key `prot`\n\
                    hint: did you mean `port`?\n";
    assert_eq!(text, expected);
    let text = refused("workers:\n  - name: state\n    config: { triggers_enabeld: true }\n");
    assert!(text.contains("did you mean `triggers_enabled`?"), "{text}");
    let text = refused("workers: [{ name: iii-htttp }]\n");
    assert!(
        text.contains("no worker `iii-htttp` in this build"),
        "{text}"
    );
    assert!(
        text.contains("workers of this build: `state`, `http`"),
        "{text}"
    );
}

#[test]
fn settings_of_queues_are_checked_at_their_place() {
    let queue = |settings: &str| {
        refused(&format!(
            "workers:\n  - name: queue\n    config:\n      queue_configs:\n        pay: {settings}\n"
        ))
    };
    let at = "error: iii-config.yaml:5";
    let path = "`workers[0].config.queue_configs.pay";
    assert_eq!(
        queue("{ concurency: 4 }"),
        format!("{at}:16: {path}`: unknown key `concurency`\nhint: did you mean `concurrency`?\n")
    );
    assert_eq!(
        queue("{ backoff_ms: -5 }"),
        format!(
            "{at}:28: {path}.backoff_ms`: expected an integer that is not negative, found the \
             integer `-5`\n"
        )
    );
    let text = queue("{ concurrency: 0 }");
    let wanted = "queue `pay`: `concurrency` must be at least 1";
    assert!(text.contains(wanted), "{text}");
    let text = refused("workers: [{ name: iii-state, config: { adapter: { name: redis } } }]\n");
    assert!(text.contains("adapter `redis` does not exist"), "{text}");
}

#[test]
fn certificates_are_read_before_anything_starts() {
    let text = refused("listeners:\n  - tls:\n      cert: none.pem\n      key: none.pem\n");
    assert_eq!(
        text,
        "error: iii-config.yaml:3:13: `listeners[0].tls.cert`: cannot read `none.pem`: \
         No such file or directory (os error 2)\n"
    );
    let text = refused("listeners:\n  - tls: { cert: a.pem, kee: b.pem }\n");
    assert_eq!(
        text,
        "error: iii-config.yaml:2:10: `listeners[0].tls`: the key `key` is missing\n"
    );
    let text = refused("listeners:\n  - tls: []\n");
    assert!(
        text.contains("`listeners[0].tls`: without any certificate"),
        "{text}"
    );
    let authority = Authority::new();
    let (one, other) = (authority.issue(&["a.test"]), authority.issue(&["b.test"]));
    let (cert, key) = (one.cert.display(), other.key.display());
    let text = refused(&format!(
        "listeners:\n  - tls:\n      - cert: {cert}\n        key: {key}\n"
    ));
    assert_eq!(
        text,
        format!(
            "error: iii-config.yaml:4:14: `listeners[0].tls[0].key`: the key in `{key}` does not \
             belong to the first certificate in `{cert}`\n"
        )
    );
}

#[test]
fn values_of_the_real_workers_are_checked() {
    let text = refused("workers: [{ name: http, config: { port: 70000 } }]\n");
    assert_eq!(
        text,
        "error: iii-config.yaml:1:41: `workers[0].config.port`: expected an integer from 0 to \
         65535, found the integer `70000`\n"
    );
}

#[test]
fn an_open_listener_is_refused() {
    let text = refused("listeners:\n  - bind: 0.0.0.0:0\n");
    assert!(text.contains("has no `token`\nhint: add `token:"), "{text}");
}

#[test]
fn the_place_of_a_missing_variable_is_named() {
    let text = refused("data_dir: ${III_TEST_SURELY_UNSET}\n");
    assert_eq!(
        text,
        "error: iii-config.yaml:1:11: `data_dir`: the environment variable \
         `III_TEST_SURELY_UNSET` is not set\n\
         hint: set it, or give a default as in `${NAME:default}`\n"
    );
}

#[test]
fn a_bad_log_level_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ran = std::process::Command::new(iii_testkit::iii_binary())
        .current_dir(folder.path())
        .env("III_LOG", "iii=loud")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(2));
    assert!(text.starts_with("error: `III_LOG` is not usable"), "{text}");
}
