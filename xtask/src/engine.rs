//! The `iii` binary as a server.

use crate::{clock, server::Server};
use anyhow::{Context, Result};
use serde_json::Value;
use std::{fs, path::Path, process::Command};

const CONFIG_FILE: &str = "iii-config.yaml";
const LOG_FILE: &str = "engine.log";

/// Starts an engine in `folder` with this configuration, which has one listener and the http
/// worker, and waits until it is ready.
pub(crate) fn start(binary: &Path, folder: &Path, config: &str) -> Result<Server> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(CONFIG_FILE), config)?;
    let log = fs::File::create(folder.join(LOG_FILE))?;
    let mut command = Command::new(binary);
    command.args(["serve", "--json", "--config", CONFIG_FILE]);
    command.current_dir(folder).stderr(log);
    let start = clock::now();
    let mut engine = Server::spawn(&mut command)?;
    let line = engine.first_line().with_context(|| said(folder))?;
    engine.started_in = start.elapsed();
    (engine.workers, engine.http) = addresses(&line)?;
    Ok(engine)
}

/// Why the engine did not come up, in its own words.
fn said(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join(LOG_FILE)).unwrap_or_default();
    format!("the engine said: {}", log.trim())
}

/// Where workers and HTTP clients connect, from what the engine prints when it is ready.
fn addresses(ready: &str) -> Result<(String, String)> {
    let event: Value = serde_json::from_str(ready).with_context(|| format!("`{ready}`"))?;
    let plain = |value: &Value| {
        let text = value.as_str()?;
        let address = text.rsplit("://").next().unwrap_or(text);
        Some(address.trim_end_matches('/').to_owned())
    };
    let workers = event["workers"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let http = workers.iter().find(|worker| worker["name"] == "http");
    let http = http.and_then(|worker| plain(&worker["address"]));
    let listener = plain(&event["listeners"][0]);
    listener
        .zip(http)
        .with_context(|| format!("no listener and http address in `{ready}`"))
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_are_read_from_the_ready_event() {
        let ready = r#"{"event": "ready", "listeners": ["ws://127.0.0.1:1"],
            "workers": [{"name": "state"}, {"name": "http", "address": "http://127.0.0.1:2/"}]}"#;
        let (workers, http) = addresses(ready).unwrap();
        assert_eq!(
            (workers.as_str(), http.as_str()),
            ("127.0.0.1:1", "127.0.0.1:2")
        );
        assert!(addresses("{}").is_err());
    }
}
