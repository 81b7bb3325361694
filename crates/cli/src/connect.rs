//! Talking to an engine as an ordinary worker that offers nothing.

use crate::env;
use crate::failure::Failure;
use clap::Args;
use iii_host::{Config, File, ProcessEnvironment, read_operator_token};
use iii_kit::{
    BoxFuture, Client, ClientOptions, DEFAULT_ENGINE_URL, Dial, DialError, Error, Payload,
    RawTriggerRequest, WorkerOptions,
};
use iii_protocol::ErrorCode;
use iii_transport::ws::{DialOptions, WsDialer};
use iii_transport::{ChannelEnd, Connection, Direction};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// What to do about an engine that wants a token.
const TOKEN_HINT: &str = "set `III_TOKEN`, or name a file with `--token-file`";

/// Which engine to talk to.
#[derive(Clone, Debug, Args)]
pub(crate) struct Engine {
    /// Engine to talk to
    #[arg(long, value_name = "URL", env = env::URL, default_value = DEFAULT_ENGINE_URL)]
    pub(crate) url: String,

    /// File with the token to present. A token itself has no place in a command line, where every
    /// user of the machine can see it. Default: `III_TOKEN`; else, for an engine of this machine,
    /// the operator token in the data folder
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// PEM file with authorities that a `wss` engine may have its certificate from, beside those
    /// that the machine trusts
    #[arg(long, value_name = "FILE", env = env::CA_FILE)]
    ca_file: Option<PathBuf>,
}

impl Engine {
    /// A way to the engine.
    pub(crate) fn dial(&self) -> Result<Arc<dyn Dial>, Failure> {
        let options = DialOptions {
            token: self.token()?,
            ca_file: self.ca_file.clone(),
            ..DialOptions::default()
        };
        let dial = WsDialer::new(&self.url, options).map_err(|error| dial_failure(&error))?;
        Ok(Arc::new(dial))
    }

    fn token(&self) -> Result<Option<String>, Failure> {
        if let Some(path) = &self.token_file {
            return read_token(path).map(Some);
        }
        if let Some(token) = env::get(env::TOKEN) {
            return Ok(Some(token));
        }
        if !is_local(&self.url) {
            return Ok(None);
        }
        Ok(local_operator_token())
    }
}

fn read_token(path: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => Err(Failure::failed(format!(
            "cannot read the token in `{}`: {error}",
            path.display()
        ))),
    }
}

/// The token of the engine that runs, or would run, in this folder. Without one the engine decides
/// what a session without a token may do, so a file that is not usable is no failure here.
fn local_operator_token() -> Option<String> {
    let folder = Path::new("");
    let data_dir = match File::find(folder).map(|path| File::read(&path)) {
        Some(Ok(file)) => Config::data_dir_of(&file, &ProcessEnvironment),
        _ => Config::default_data_dir(folder),
    };
    let token = read_operator_token(&data_dir).ok()??;
    Some(token.reveal().to_owned())
}

/// Whether the address can only be this machine.
fn is_local(url: &str) -> bool {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// Runs a command's asynchronous part.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?
        .block_on(future)
}

/// Calls one function and returns the text of its result; `null` when it has none.
pub(crate) fn ask(engine: &Engine, function_id: &str, input: &str) -> Result<String, Failure> {
    let request = RawTriggerRequest::new(
        function_id,
        Some(Payload::from_trusted(input.to_owned().into())),
    );
    let result = block_on(call(engine, request))?;
    Ok(result.map_or_else(|| "null".to_owned(), |payload| text(&payload)))
}

/// Calls one function.
pub(crate) async fn call(
    engine: &Engine,
    request: RawTriggerRequest,
) -> Result<Option<Payload>, Failure> {
    let dial = FirstDial::new(engine.dial()?);
    let mut outcome = dial.failed.subscribe();
    let client = Client::connect(
        Arc::new(dial),
        ClientOptions::new(WorkerOptions::new("iii-cli")),
    );
    // A worker waits for its engine; a command tells that there is none.
    let result = tokio::select! {
        // A refusal ends the call too, but only the dial knows what to do about it.
        biased;
        Ok(failed) = outcome.wait_for(Option::is_some) => {
            Err(failed.as_ref().map_or_else(|| Failure::failed("not connected"), dial_failure))
        }
        result = client.trigger_raw(request) => result.map_err(|error| call_failure(&error)),
    };
    client.shutdown().await;
    result
}

/// The JSON text of a payload.
pub(crate) fn text(payload: &Payload) -> String {
    String::from_utf8_lossy(payload.as_bytes()).into_owned()
}

/// What a failed call tells its user.
pub(crate) fn call_failure(error: &Error) -> Failure {
    let message = match error {
        Error::Remote {
            code,
            message,
            stacktrace: Some(stacktrace),
            ..
        } => format!("`{code}`: {message}\n{stacktrace}"),
        Error::Rejected(rejection) => format!("`{}`: {}", rejection.code, rejection.message),
        other => other.to_string(),
    };
    let failure = Failure::failed(message);
    match ErrorCode::from_wire(error.code()) {
        Some(ErrorCode::Unauthorized) => failure.hint(TOKEN_HINT),
        Some(code) => failure.hint(code.hint()),
        None => failure,
    }
}

/// What a failed attempt to connect tells its user.
pub(crate) fn dial_failure(error: &DialError) -> Failure {
    match error {
        DialError::Unreachable { address, reason } => {
            Failure::failed(format!("no engine at {address}: {reason}"))
                .hint("start one with `iii serve`, or name another with `--url`")
        }
        DialError::Untrusted { .. } => Failure::failed(error.to_string())
            .hint("for an authority of your own, name its certificate with `--ca-file`"),
        DialError::Refused { status: 401, .. } => {
            Failure::failed(error.to_string()).hint(TOKEN_HINT)
        }
        DialError::Refused { .. } => Failure::failed(error.to_string())
            .hint("check that an engine listens there, not something else"),
        DialError::BadAddress { .. } => {
            Failure::usage(error.to_string()).hint("write `ws://HOST:PORT`, or `wss://HOST:PORT`")
        }
    }
}

/// A dial that reports its first failure, if it comes before the first connection.
struct FirstDial {
    inner: Arc<dyn Dial>,
    failed: watch::Sender<Option<DialError>>,
}

impl FirstDial {
    fn new(inner: Arc<dyn Dial>) -> Self {
        Self {
            inner,
            failed: watch::Sender::new(None),
        }
    }
}

impl Dial for FirstDial {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async move {
            let dialled = self.inner.dial().await;
            if let Err(error) = &dialled {
                self.failed.send_replace(Some(error.clone()));
            }
            dialled
        })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        self.inner.dial_channel(channel_id, access_key, direction)
    }

    fn address(&self) -> &str {
        self.inner.address()
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_loopback_is_local() {
        for url in [
            "ws://127.0.0.1:49134",
            "ws://localhost",
            "wss://localhost:1/x?y",
            "ws://[::1]:49134",
            "ws://127.8.9.1",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "ws://localhost.example.com",
            "ws://10.0.0.1:1",
            "ws://example.com/127.0.0.1",
            "ws://[::2]",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
