//! Certificate files: what is wrong with them, and what happens when they change.

use crate::support::{serves, shake, trusting};
use iii_testkit::Authority;
use iii_transport::ManualClock;
use iii_transport::tls::{Acceptor, CertificateFiles, Connector, LoadError, Reload};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Eight days before 1 January 4096, when the certificates of the tests end.
const BEFORE_END: Duration = Duration::from_secs(67_090_118_400 - 8 * 24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn refused(files: &CertificateFiles) -> LoadError {
    Acceptor::load(vec![files.clone()], &[]).unwrap_err()
}

#[test]
fn errors_name_the_file_and_say_why() {
    let authority = Authority::new();
    let good = authority.issue(&["a.test"]);
    let other = authority.issue(&["b.test"]);
    let file = |name: &str, text: &str| {
        let path = authority.folder().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let cert = |cert| CertificateFiles {
        cert,
        key: good.key.clone(),
    };
    let key = |key| CertificateFiles {
        cert: good.cert.clone(),
        key,
    };
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken_key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (files, name, part) in [
        (
            cert(authority.folder().join("none")),
            "none",
            "No such file",
        ),
        (key(authority.folder().join("none")), "none", "No such file"),
        (cert(authority.folder().into()), "", "cannot"),
        (cert(file("text", "hello")), "text", "no certificate"),
        (cert(good.key.clone()), "key", "no certificate"),
        (cert(file("broken", broken)), "broken", "cannot be used"),
        (key(good.cert.clone()), "cert", "no private key"),
        (
            key(file("sealed", encrypted)),
            "sealed",
            "without a passphrase",
        ),
        (
            key(file("broken-key", broken_key)),
            "broken-key",
            "cannot be used",
        ),
        (key(other.key), "key", "does not belong"),
        (
            key(file("long", &"x".repeat(2 << 20))),
            "long",
            "2097152 bytes",
        ),
    ] {
        let error = refused(&files);
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(part), "{text}");
        let named = [&files.cert, &files.key].map(PathBuf::as_path);
        assert!(named.contains(&error.file()), "{text}");
    }
    let missing = authority.folder().join("none");
    let error = Connector::new(Some(&missing)).err().unwrap();
    assert_eq!(error.file(), missing);
}

#[test]
fn dates_are_warned_of() {
    let authority = Authority::new();
    let files = vec![authority.issue(&["a.test"])];
    let clock = Arc::new(ManualClock::default());
    let load = || {
        let acceptor = Acceptor::load_with(files.clone(), &[], clock.clone()).unwrap();
        acceptor.warnings()
    };
    let [early] = &load()[..] else {
        panic!("in 1970 it is not yet valid")
    };
    assert!(early.contains("not valid yet"), "{early}");
    clock.advance(BEFORE_END);
    assert_eq!(load(), [""; 0]);
    clock.advance(2 * DAY);
    let [soon] = &load()[..] else {
        panic!("six days are few")
    };
    assert!(soon.contains("will soon be expired"), "{soon}");
    assert!(soon.contains(&*files[0].cert.to_string_lossy()), "{soon}");
    clock.advance(7 * DAY);
    let [late] = &load()[..] else {
        panic!("it is expired")
    };
    assert!(late.contains("cannot be trusted"), "{late}");
}

#[tokio::test]
async fn the_name_asked_for_chooses_the_certificate() {
    let authority = Authority::new();
    let files =
        [["a.test", "127.0.0.1"], ["b.test", "*.c.test"]].map(|names| authority.issue(&names));
    let acceptor = Acceptor::load(files.into(), &[]).unwrap();
    for (host, served) in [
        ("a.test", true),
        ("b.test", true),
        ("x.c.test", true),
        ("127.0.0.1", true),
        ("x.y.c.test", false),
        ("d.test", false),
    ] {
        assert_eq!(serves(&acceptor, &authority, host).await, served, "{host}");
    }
}

#[tokio::test]
async fn new_files_serve_new_connections_and_old_connections_live_on() {
    let authority = Authority::new();
    let files = authority.issue(&["a.test"]);
    let acceptor = Acceptor::load(vec![files.clone()], &[]).unwrap();
    assert_eq!(acceptor.reload(), Reload::Unchanged);
    let (mut server, mut client) = match shake(&acceptor, &trusting(&authority), "a.test").await {
        (Ok(server), Ok(client)) => (server, client),
        (served, trusted) => panic!("{:?} {:?}", served.err(), trusted.err()),
    };

    authority.issue_again(&files, &["b.test"]);
    assert!(
        serves(&acceptor, &authority, "a.test").await,
        "not before the reload"
    );
    assert_eq!(acceptor.reload(), Reload::Changed(vec![]));
    assert_eq!(acceptor.reload(), Reload::Unchanged);
    assert!(serves(&acceptor, &authority, "b.test").await);
    assert!(!serves(&acceptor, &authority, "a.test").await);

    client.write_all(b"still here").await.unwrap();
    client.shutdown().await.unwrap();
    let mut text = String::new();
    server.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "still here");
}

#[tokio::test]
async fn files_that_cannot_be_used_leave_the_old_ones_in_force() {
    let authority = Authority::new();
    let files = authority.issue(&["a.test"]);
    let acceptor = Acceptor::load(vec![files.clone()], &[]).unwrap();
    let next = authority.issue(&["b.test"]);

    fs::copy(&next.cert, &files.cert).unwrap();
    let mismatch = LoadError::Mismatch {
        cert: files.cert.clone(),
        key: files.key.clone(),
    };
    assert_eq!(acceptor.reload(), Reload::Refused(mismatch));
    assert_eq!(acceptor.reload(), Reload::Unchanged, "it is said once");
    assert!(serves(&acceptor, &authority, "a.test").await);

    fs::remove_file(&files.key).unwrap();
    assert!(matches!(
        acceptor.reload(),
        Reload::Refused(LoadError::Unreadable { .. })
    ));
    assert!(serves(&acceptor, &authority, "a.test").await);

    // The other half comes, as a link, which is how renewed certificates often come.
    std::os::unix::fs::symlink(&next.key, &files.key).unwrap();
    assert_eq!(acceptor.reload(), Reload::Changed(vec![]));
    assert!(serves(&acceptor, &authority, "b.test").await);
}
