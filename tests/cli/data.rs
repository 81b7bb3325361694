//! `iii data`: what a stopped engine has kept is checked, copied and brought back.

use iii_testkit::{EngineProcess, iii};

const SET: [&str; 5] = ["trigger", "state::set", "scope=s", "key=k", "value=1"];
const GET: [&str; 4] = ["trigger", "state::get", "scope=s", "key=k"];

#[test]
fn a_backup_is_made_and_brought_back() {
    let mut engine = EngineProcess::start();
    assert_eq!(engine.iii(&SET, "").code, Some(0));
    // The configuration of this engine says where the data is; while it runs, it is the engine's.
    let used = iii(engine.folder(), &["data", "check"], "");
    assert_eq!(used.code, Some(1));
    assert!(
        used.stderr.contains("stop the engine first"),
        "{}",
        used.stderr
    );
    engine.terminate();
    engine.wait();
    let checked = iii(engine.folder(), &["data", "check", "--json"], "");
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    assert!(
        checked.stdout.contains(r#""records":0"#),
        "{}",
        checked.stdout
    );
    let backup = ["data", "backup", "--to", "copy"];
    assert_eq!(iii(engine.folder(), &backup, "").code, Some(0));
    let again = iii(engine.folder(), &backup, "");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--to"), "{}", again.stderr);
    let restore = ["data", "restore", "--from", "copy"];
    let over = iii(engine.folder(), &restore, "");
    assert_eq!(over.code, Some(1));
    assert!(over.stderr.contains("holds a store"), "{}", over.stderr);
    // Another engine, with a folder of its own, goes on with it.
    let copy = engine.folder().join("copy").display().to_string();
    let mut other = EngineProcess::start();
    other.terminate();
    other.wait();
    std::fs::remove_dir_all(other.folder().join(".iii/data/store")).unwrap();
    let restored = iii(other.folder(), &["data", "restore", "--from", &copy], "");
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    other.restart();
    assert_eq!(other.iii(&GET, "").stdout, "1\n");
}

#[test]
fn a_running_engine_is_copied_by_itself() {
    let mut engine = EngineProcess::start();
    assert_eq!(engine.iii(&SET, "").code, Some(0));
    let backup = ["data", "backup", "--to", "copy", "--json"];
    let made = engine.iii(&backup, "");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(made.stdout.contains(r#""entries":"#), "{}", made.stdout);
    // What comes afterwards is not in the copy, and the engine goes on.
    let later = ["trigger", "state::set", "scope=s", "key=k", "value=2"];
    assert_eq!(engine.iii(&later, "").code, Some(0));
    let again = engine.iii(&backup, "");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("holds a store"), "{}", again.stderr);
    let checked = iii(engine.folder(), &["data", "check", "--folder", "copy"], "");
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    // Only operators write files of this machine.
    let input = format!(r#"{{"to":"{}"}}"#, engine.folder().join("other").display());
    let stranger = ["trigger", "engine::data::backup", "--json", &input, "--url"];
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = [&stranger[..], &[engine.url()]].concat();
    let refused = iii(elsewhere.path(), &stranger, "");
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(!engine.folder().join("other").exists());
    engine.kill();
    std::fs::remove_dir_all(engine.folder().join(".iii/data/store")).unwrap();
    let restored = iii(engine.folder(), &["data", "restore", "--from", "copy"], "");
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    engine.restart();
    assert_eq!(engine.iii(&GET, "").stdout, "1\n");
}

#[test]
fn what_is_damaged_is_told() {
    let mut engine = EngineProcess::start();
    assert_eq!(engine.iii(&SET, "").code, Some(0));
    engine.terminate();
    engine.wait();
    assert_eq!(
        iii(engine.folder(), &["data", "backup", "--to", "copy"], "").code,
        Some(0)
    );
    let file = engine.folder().join("copy/store.redb");
    let mut bytes = std::fs::read(&file).unwrap();
    // Somewhere in it is the key; a letter of it changes.
    let place = bytes.windows(3).position(|bytes| bytes == b"s\0k").unwrap();
    bytes[place] = b't';
    std::fs::write(&file, bytes).unwrap();
    let checked = iii(engine.folder(), &["data", "check", "--folder", "copy"], "");
    assert_eq!(checked.code, Some(1));
    assert!(checked.stderr.contains("damaged"), "{}", checked.stderr);
}

#[test]
fn where_nothing_is_there_is_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    let checked = iii(folder.path(), &["data", "check", "--folder", "none"], "");
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stderr.contains("holds no store"),
        "{}",
        checked.stderr
    );
    assert!(!folder.path().join("none").exists());
}
