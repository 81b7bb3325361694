//! Completions.

use iii_testkit::iii;

#[test]
fn every_shell_gets_a_script() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = iii(folder.path(), &["completions", shell], "");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(ran.stdout.contains("trigger"), "{shell}");
    }
}

#[test]
fn the_bash_script_is_bash() {
    let folder = tempfile::tempdir().unwrap();
    let script = iii(folder.path(), &["completions", "bash"], "").stdout;
    let path = folder.path().join("iii.bash");
    std::fs::write(&path, script).unwrap();
    let complete = "source iii.bash; COMP_WORDS=(iii tri); COMP_CWORD=1; _iii iii tri iii; \
                    echo ${COMPREPLY[*]}";
    let ran = std::process::Command::new("bash")
        .args(["-c", complete])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(
        words.trim(),
        "trigger triggers",
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}
