//! A first-party worker as its own process.

use iii_testkit::{EngineProcess, ProcessOptions, iii, iii_binary};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

struct KilledOnDrop(Child);

impl Drop for KilledOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn state_serves_from_its_own_process() {
    let engine = EngineProcess::with(ProcessOptions::with_config(
        "listeners: [{ bind: '127.0.0.1:0' }]\n",
    ));
    let mut worker = KilledOnDrop(
        Command::new(iii_binary())
            .args(["worker", "run", "state", "--url", engine.url()])
            .current_dir(engine.folder())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let talk = BufReader::new(worker.0.stderr.take().unwrap());
    let serving = talk
        .lines()
        .any(|line| line.unwrap() == "worker `state`: serving");
    assert!(serving);
    let set = ["trigger", "state::set", "scope=s", "key=k", "value=1"];
    assert_eq!(engine.iii(&set, "").code, Some(0));
    assert_eq!(
        engine
            .iii(&["trigger", "state::get", "scope=s", "key=k"], "")
            .stdout,
        "1\n"
    );
}

#[test]
fn a_stranger_may_not_take_its_name() {
    let engine = EngineProcess::start();
    // Without the data folder of the engine there is no operator token to present.
    let elsewhere = tempfile::tempdir().unwrap();
    let ran = iii(
        elsewhere.path(),
        &["worker", "run", "state", "--url", engine.url()],
        "",
    );
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("WORKER_NAMESPACE_CONFLICT"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_unknown_worker_names_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let ran = iii(folder.path(), &["worker", "run", "stat"], "");
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "error: the command line: no worker `stat` in this build\n\
         hint: did you mean `state`? workers of this build: `state`, `http`, `queue`\n"
    );
}
