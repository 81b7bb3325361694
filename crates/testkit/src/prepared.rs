//! What `cargo xtask setup` prepared for the tests.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The path of a part of `tests/required.toml`: the interpreter of a `python` part, the folder of a
/// `node` part, the program of a Debian package. The error is a reason to [`skip`](crate::skip)
/// with.
pub fn prepared(part: &str) -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    // Test programs lie below the target folder, where setup leaves its report.
    let reports = program.ancestors().map(|folder| folder.join("setup.json"));
    let report = reports.into_iter().find(|report| report.exists());
    let report = report.ok_or("`cargo xtask setup` has not run")?;
    find(&report, part)
}

fn find(report: &Path, part: &str) -> Result<PathBuf, String> {
    let text = fs::read_to_string(report).map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let parts = report["parts"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let Some(entry) = parts.iter().find(|entry| entry["name"] == part) else {
        return Err(format!(
            "setup knows no part `{part}`, run `cargo xtask setup`"
        ));
    };
    match (entry["path"].as_str(), entry["reason"].as_str()) {
        (Some(path), _) => Ok(PathBuf::from(path)),
        (None, reason) => Err(format!("{part}: {}", reason.unwrap_or("not prepared"))),
    }
}

#[cfg(test)]
mod tests {
    use super::find;
    use std::{fs, path::Path};

    #[test]
    fn ready_parts_have_a_path_and_others_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("setup.json");
        let text = r#"{"parts": [
            {"name": "python", "status": "ready", "path": "x/python"},
            {"name": "node", "status": "skipped", "reason": "no network", "reachable": false}
        ]}"#;
        fs::write(&report, text).unwrap();
        assert_eq!(
            find(&report, "python").as_deref(),
            Ok(Path::new("x/python"))
        );
        assert_eq!(find(&report, "node"), Err("node: no network".into()));
        assert!(
            find(&report, "other")
                .unwrap_err()
                .contains("cargo xtask setup")
        );
    }
}
