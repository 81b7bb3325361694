//! The real binary with its data in a folder of its own.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// One build at a time: the tests of a target run in parallel.
static BUILD: Mutex<()> = Mutex::new(());

/// What the engine says when it is ready.
#[derive(Deserialize)]
struct Ready {
    listeners: Vec<String>,
    workers: Vec<Worker>,
}

#[derive(Deserialize)]
struct Worker {
    name: String,
    address: Option<String>,
}

/// A running engine. Dropping it kills it.
pub struct Engine {
    folder: tempfile::TempDir,
    process: Child,
    url: String,
    http_url: String,
}

impl Engine {
    /// Starts an engine with the workers that the programs use, on ports that the system chooses.
    ///
    /// # Errors
    /// It cannot be built or does not become ready.
    pub fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        configure(folder.path(), "127.0.0.1:0", "0")?;
        let (process, ready) = spawn(folder.path())?;
        let url = ready
            .listeners
            .first()
            .context("the engine has no listener")?
            .clone();
        let http = ready
            .workers
            .into_iter()
            .find(|worker| worker.name == "http");
        let http_url = http
            .and_then(|http| http.address)
            .context("http has no address")?;
        Ok(Self {
            folder,
            process,
            url,
            http_url,
        })
    }

    /// Where workers connect.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where HTTP triggers are served.
    pub fn http_url(&self) -> &str {
        &self.http_url
    }

    /// A folder for files of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The token that makes a session trusted.
    ///
    /// # Errors
    /// The engine has not written it.
    pub fn operator_token(&self) -> Result<String> {
        let path = self.folder.path().join("data/operator-token");
        let token = std::fs::read_to_string(&path);
        Ok(token
            .with_context(|| path.display().to_string())?
            .trim()
            .to_owned())
    }

    /// Kills the engine without a word and starts another one on the same ports.
    ///
    /// # Errors
    /// As for [`Engine::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.kill();
        let bind = self.url.strip_prefix("ws://").context("a ws address")?;
        let (_, port) = self.http_url.rsplit_once(':').context("an http address")?;
        configure(self.folder.path(), bind, port)?;
        (self.process, _) = spawn(self.folder.path())?;
        Ok(())
    }

    fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.kill();
    }
}

fn configure(folder: &Path, bind: &str, http_port: &str) -> Result<()> {
    let text = format!(
        "listeners:\n  - bind: {bind}\ndata_dir: {data}\nworkers:\n  - name: state\n  \
         - name: http\n    config: {{ host: 127.0.0.1, port: {http_port} }}\n",
        data = folder.join("data").display(),
    );
    Ok(std::fs::write(folder.join("config.yaml"), text)?)
}

fn spawn(folder: &Path) -> Result<(Child, Ready)> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("engine.log"))?;
    let mut process = Command::new(binary()?)
        .args(["serve", "--json", "--config", "config.yaml"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()?;
    let mut line = String::new();
    let stdout = process.stdout.take().context("stdout is piped")?;
    BufReader::new(stdout).read_line(&mut line)?;
    match serde_json::from_str(&line) {
        Ok(ready) => Ok((process, ready)),
        Err(error) => {
            let _ = process.kill();
            let _ = process.wait();
            let log = std::fs::read_to_string(folder.join("engine.log")).unwrap_or_default();
            bail!("the engine did not start: {error}\n{line}{log}")
        }
    }
}

/// The engine of this build, made if it is not there or out of date.
fn binary() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let profile = profile_folder()?;
    let mut arguments = vec!["--package", "iii-cli", "--bin", "iii"];
    if profile.ends_with("release") {
        arguments.push("--release");
    }
    cargo_build(&root.join("Cargo.toml"), &arguments)?;
    Ok(profile.join("iii"))
}

/// `target/debug`, or whichever this program was built in.
fn profile_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let deps = program.parent().context("a folder")?;
    Ok(deps.parent().context("a profile folder")?.to_owned())
}

/// Runs `cargo build`.
///
/// # Errors
/// What the build said.
pub fn cargo_build(manifest: &Path, arguments: &[&str]) -> Result<()> {
    let _one_at_a_time = BUILD.lock();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(manifest)
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    bail!("{}", String::from_utf8_lossy(&output.stderr))
}
