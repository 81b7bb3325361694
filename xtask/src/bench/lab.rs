//! Starting floors, engines and load.

use super::{load::Load, server::Server};
use crate::clock;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

const LOOK_AGAIN: Duration = Duration::from_millis(5);
const READY_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Lab {
    load: PathBuf,
    engine: PathBuf,
    /// Configuration and data of the engines.
    folder: PathBuf,
    seconds: &'static str,
}

impl Lab {
    pub(super) fn new(release: &Path, quick: bool, threads: Option<u32>) -> Result<Self> {
        let folder = release.join("bench");
        fs::create_dir_all(&folder)?;
        let threads = threads.map_or(String::new(), |threads| format!("threads: {threads}\n"));
        let config = format!(
            "{threads}listeners:\n  - bind: 127.0.0.1:0\ndata_dir: data\nworkers:\n\
             \x20 - name: state\n  - name: http\n    config: {{ port: 0 }}\n"
        );
        fs::write(folder.join("iii-config.yaml"), config)?;
        Ok(Self {
            load: release.join("iii-load"),
            engine: release.join("iii"),
            folder,
            seconds: if quick { "1" } else { "5" },
        })
    }

    /// How long each load lasts.
    pub(super) fn seconds(&self) -> &'static str {
        self.seconds
    }

    /// Runs the load generator, against an engine or alone.
    pub(super) fn load(&self, server: Option<&Server>, arguments: &[&str]) -> Result<Load> {
        let mut command = Command::new(&self.load);
        if let Some(server) = server {
            command.args(["--addr", &server.workers]);
        }
        Load::run(command.args(arguments))
    }

    /// The same load on a relay and on an engine, both fresh.
    pub(super) fn relay_and_engine(&self, arguments: &[&str]) -> Result<(Load, Load)> {
        let address = free_address()?;
        let mut relay =
            Server::spawn(Command::new(&self.load).args(["relay", "--listen", &address]))?;
        wait_until_open(&address)?;
        relay.workers = address;
        let on_relay = self.load(Some(&relay), arguments)?;
        drop(relay);
        let engine = self.engine()?;
        Ok((on_relay, self.load(Some(&engine), arguments)?))
    }

    pub(super) fn hyper_floor(&self) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new(&self.load);
        let mut floor = Server::spawn(command.args(["hyper-floor", "--listen", &address]))?;
        wait_until_open(&address)?;
        floor.http = address;
        Ok(floor)
    }

    /// A worker that serves `POST /bench`.
    pub(super) fn http_worker(&self, engine: &Server) -> Result<Server> {
        let mut command = Command::new(&self.load);
        let mut worker = Server::spawn(command.args(["--addr", &engine.workers, "http-worker"]))?;
        worker.first_line()?;
        Ok(worker)
    }

    /// An engine with state and http on free ports.
    pub(super) fn engine(&self) -> Result<Server> {
        let mut command = Command::new(&self.engine);
        command.args(["serve", "--json", "--config", "iii-config.yaml"]);
        // Warnings and errors are worth seeing between the figures, its greeting is not.
        let said = fs::File::create(self.folder.join("engine.log"))?;
        command.current_dir(&self.folder).stderr(said);
        let start = clock::now();
        let mut engine = Server::spawn(&mut command)?;
        let line = engine.first_line().with_context(|| self.engine_said())?;
        engine.started_in = start.elapsed();
        (engine.workers, engine.http) = addresses(&line)?;
        Ok(engine)
    }

    /// Why the engine did not come up, in its own words.
    fn engine_said(&self) -> String {
        let log = fs::read_to_string(self.folder.join("engine.log")).unwrap_or_default();
        format!("the engine said: {}", log.trim())
    }
}

fn free_address() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.to_string())
}

fn wait_until_open(address: &str) -> Result<()> {
    let start = clock::now();
    while TcpStream::connect(address).is_err() {
        if start.elapsed() > READY_WITHIN {
            bail!("nothing listens on {address}");
        }
        sleep(LOOK_AGAIN);
    }
    Ok(())
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
