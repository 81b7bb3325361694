//! Starting floors, engines and load.

use crate::{clock, engine, load::Load, server::Server};
use anyhow::{Result, bail};
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
    config: String,
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
        Ok(Self {
            load: release.join("iii-load"),
            engine: release.join("iii"),
            folder,
            config,
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

    /// An engine with its workers, on free ports.
    pub(super) fn engine(&self) -> Result<Server> {
        engine::start(&self.engine, &self.folder, &self.config)
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
