//! Starting floors, engines and load.

use super::protocol::{self, Protocol};
use crate::{clock, engine, load::Load, process, server::Server};
use anyhow::{Result, bail};
use std::{
    fs,
    io::{copy, sink},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

/// The data folder of engines that keep something.
const KEPT: &str = "kept";
/// The queues of those engines.
const QUEUES: &str = "        work: {concurrency: 64}\n        kept: {}\n        \
    groups: {type: fifo, message_group_field: group, concurrency: 64}\n        \
    later: {concurrency: 64, depth_max: 2000000}\n";
const LOOK_AGAIN: Duration = Duration::from_millis(5);
const READY_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct Lab {
    load: PathBuf,
    engine: PathBuf,
    /// Configuration and data of the engines.
    folder: PathBuf,
    /// The line of the configuration that says how many, if that is said.
    threads: String,
    is_quick: bool,
}

impl Lab {
    pub(super) fn new(release: &Path, quick: bool, threads: Option<u32>) -> Result<Self> {
        let folder = release.join("bench");
        fs::create_dir_all(&folder)?;
        let threads = threads.map_or(String::new(), |threads| format!("threads: {threads}\n"));
        let load = release.join("iii-load");
        process::capture(
            Command::new(&load)
                .arg("certificate")
                .arg("--folder")
                .arg(&folder),
        )?;
        Ok(Self {
            load,
            engine: release.join("iii"),
            folder,
            threads,
            is_quick: quick,
        })
    }

    /// The engine, and the load generator.
    pub(super) fn programs(&self) -> [&Path; 2] {
        [&self.engine, &self.load]
    }

    /// How long each load lasts.
    pub(super) fn seconds(&self) -> &'static str {
        if self.is_quick { "1" } else { "5" }
    }

    /// How many messages go through a queue.
    pub(super) fn messages(&self) -> &'static str {
        if self.is_quick { "20000" } else { "100000" }
    }

    /// How many messages wait for their time.
    pub(super) fn delayed(&self) -> u32 {
        if self.is_quick { 100_000 } else { 1_000_000 }
    }

    /// A folder of its own for something that keeps files, empty.
    pub(super) fn empty_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// How much is streamed.
    pub(super) fn stream_bytes(&self) -> u64 {
        if self.is_quick { 64 << 20 } else { 1 << 30 }
    }

    /// A file of so many bytes. It has been read, so that nobody waits for a disk.
    pub(super) fn zeros(&self) -> Result<PathBuf> {
        let path = self.file("zeros", "")?;
        let file = fs::File::options().write(true).open(&path)?;
        file.set_len(self.stream_bytes())?;
        copy(&mut fs::File::open(&path)?, &mut sink())?;
        Ok(path)
    }

    /// A file for those who read one.
    pub(super) fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    /// The certificate of every server that speaks TLS.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.join(protocol::CERTIFICATE)
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

    pub(super) fn hyper_floor(&self, protocol: Protocol) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new(&self.load);
        command.args(["hyper-floor", "--listen", &address]);
        command.args(protocol::floor_arguments(protocol, &self.folder));
        let mut floor = Server::spawn(&mut command)?;
        wait_until_open(&address)?;
        floor.http = address;
        Ok(floor)
    }

    /// A worker that serves `POST /bench`.
    pub(super) fn http_worker(&self, engine: &Server) -> Result<Server> {
        self.worker(engine, "http-worker")
    }

    /// A worker that serves `GET /download` and `POST /upload`.
    pub(super) fn stream_worker(&self, engine: &Server) -> Result<Server> {
        self.worker(engine, "stream-worker")
    }

    fn worker(&self, engine: &Server, kind: &str) -> Result<Server> {
        let mut command = Command::new(&self.load);
        let mut worker = Server::spawn(command.args(["--addr", &engine.workers, kind]))?;
        worker.first_line()?;
        Ok(worker)
    }

    /// An engine with its workers, on free ports.
    pub(super) fn engine(&self) -> Result<Server> {
        self.engine_speaking(Protocol::Http1)
    }

    /// One with queues, whose store is empty.
    pub(super) fn engine_keeping(&self) -> Result<Server> {
        self.empty_folder(KEPT)?;
        let http = protocol::http_config(Protocol::Http1);
        let config = format!(
            "{}listeners:\n  - bind: 127.0.0.1:0\ndata_dir: {KEPT}\nworkers:\n\
             \x20 - name: state\n  - name: http\n    config: {http}\n  - name: queue\n    config:\n\
             \x20     queue_configs:\n{QUEUES}",
            self.threads
        );
        engine::start(&self.engine, &self.folder, &config)
    }

    /// The same, with HTTP over this protocol.
    pub(super) fn engine_speaking(&self, protocol: Protocol) -> Result<Server> {
        let http = protocol::http_config(protocol);
        let config = format!(
            "{}listeners:\n  - bind: 127.0.0.1:0\ndata_dir: data\nworkers:\n\
             \x20 - name: state\n  - name: http\n    config: {http}\n",
            self.threads
        );
        engine::start(&self.engine, &self.folder, &config)
    }
}

pub(super) fn free_address() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.to_string())
}

pub(super) fn wait_until_open(address: &str) -> Result<()> {
    let start = clock::now();
    while TcpStream::connect(address).is_err() {
        if start.elapsed() > READY_WITHIN {
            bail!("nothing listens on {address}");
        }
        sleep(LOOK_AGAIN);
    }
    Ok(())
}
