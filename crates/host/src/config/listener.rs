//! The section `listeners`: where workers connect, and who may.

use super::error::{Located, Problem};
use super::reader::{MapReader, read_list};
use super::tree::node::{Kind, Node};
use iii_transport::tls::{Acceptor, CertificateFiles};
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// Where workers listen for the engine unless the file says otherwise.
const DEFAULT_PORT: u16 = 49134;

/// One listener for worker connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Address and port; port 0 lets the system choose.
    pub bind: SocketAddr,
    /// The token every connection must present; required beyond loopback.
    pub token: Option<Token>,
    /// The browser origins that may connect, exactly as browsers send them. None by default.
    pub allowed_origins: Vec<String>,
    /// The certificates of a listener that speaks TLS; none for one that does not.
    pub tls: Vec<CertificateFiles>,
    /// Concessions to old workers.
    pub compat: Compat,
}

/// Concessions to old workers, all off unless asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compat {
    /// Puts the caller's worker id into payloads that are JSON objects, as old workers expect.
    pub inject_caller: bool,
}

/// A secret. It is never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token of 1 to 512 characters that fit into a header and a subprotocol name.
    pub fn new(text: String) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let valid = (1..=512).contains(&text.len()) && text.bytes().all(fits);
        valid.then_some(Self(text))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(..)")
    }
}

/// `HOST:PORT`, where the host is an address or `localhost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindAddress(pub SocketAddr);

impl std::str::FromStr for BindAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = match text.strip_prefix("localhost:") {
            Some(port) => format!("{}:{port}", Ipv4Addr::LOCALHOST),
            None => text.to_owned(),
        };
        text.parse()
            .map(Self)
            .map_err(|_| "not an address to listen on; write `HOST:PORT`, as in `127.0.0.1:49134`")
    }
}

impl Default for Listener {
    /// Loopback, the usual port, no token, no browsers.
    fn default() -> Self {
        Self {
            bind: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT),
            token: None,
            allowed_origins: Vec::new(),
            tls: Vec::new(),
            compat: Compat::default(),
        }
    }
}

/// Reads a listener. Relative paths begin in `folder`, where the file is.
pub(super) fn read(node: &Node, folder: &Path) -> Result<Listener, Located> {
    let default = Listener::default();
    let mut map = MapReader::new(node)?;
    let bind = map.with("bind", read_bind)?.unwrap_or(default.bind);
    let listener = Listener {
        bind,
        token: map.with("token", read_token)?,
        allowed_origins: map
            .with("allowed_origins", |node| read_list(node, read_origin))?
            .unwrap_or_default(),
        tls: map
            .with("tls", |node| read_tls(node, folder))?
            .unwrap_or_default(),
        compat: map.value("compat")?.unwrap_or_default(),
    };
    map.with("authorization", refuse_authorization)?;
    map.finish()?;
    check_access(listener, node)
}

/// The published form: a worker entry `iii-worker-manager` with `host` and `port`.
pub(super) fn read_published(node: &Node) -> Result<Listener, Located> {
    let mut map = MapReader::new(node)?;
    let host = map.value::<String>("host")?;
    let port = map.value::<u16>("port")?.unwrap_or(DEFAULT_PORT);
    let host = host.as_deref().unwrap_or("127.0.0.1");
    let bind = format!("{host}:{port}");
    let BindAddress(bind) = bind
        .parse()
        .map_err(|reason: &str| Problem::Refused(format!("`{bind}` is {reason}")))?;
    let listener = Listener {
        bind,
        token: map.with("token", read_token)?,
        ..Listener::default()
    };
    map.finish()?;
    check_access(listener, node)
}

/// Refuses a listener that lets in everybody who can reach it, by network or by browser.
fn check_access(listener: Listener, node: &Node) -> Result<Listener, Located> {
    let bind = listener.bind;
    if listener.token.is_some() {
        return Ok(listener);
    }
    if !bind.ip().is_loopback() {
        return Err(Problem::OpenListener { bind }.at(node.position));
    }
    if listener.allowed_origins.iter().any(|origin| origin == "*") {
        let reason = "with every origin allowed, every web page could connect; add a `token`, or \
                      name the origins";
        return Err(Problem::Refused(reason.to_owned()).at(node.position));
    }
    Ok(listener)
}

/// A listener that read this section and ignored it would let everybody do everything.
fn refuse_authorization(_: &Node) -> Result<(), Located> {
    let reason = "authorization by functions is not in this build; remove it, and let only trusted \
                  workers connect, with a `token`";
    Err(Problem::Refused(reason.to_owned()).into())
}

/// One certificate, or a list of them.
fn read_tls(node: &Node, folder: &Path) -> Result<Vec<CertificateFiles>, Located> {
    let Kind::List(items) = &node.kind else {
        return Ok(vec![read_certificate(node, folder)?]);
    };
    if items.is_empty() {
        let reason =
            "without any certificate nobody can connect; remove `tls` to listen without it";
        return Err(Problem::Refused(reason.to_owned()).into());
    }
    read_list(node, |item| read_certificate(item, folder))
}

/// The files are tried here too, so that a bad one is reported with its place and, when the file
/// was changed under a running engine, leaves the running configuration in force.
fn read_certificate(node: &Node, folder: &Path) -> Result<CertificateFiles, Located> {
    let mut map = MapReader::new(node)?;
    let path = |node: &Node| Ok::<_, Located>(folder.join(String::deserialize(node)?));
    let (cert, key) = (map.required("cert")?, map.required("key")?);
    let files = CertificateFiles {
        cert: path(cert).map_err(|error| error.or_at(cert.position).inside_key("cert"))?,
        key: path(key).map_err(|error| error.or_at(key.position).inside_key("key"))?,
    };
    map.finish()?;
    match Acceptor::load(vec![files.clone()], &[]) {
        Ok(_) => Ok(files),
        Err(error) => {
            let (name, culprit) = if error.file() == files.cert {
                ("cert", cert)
            } else {
                ("key", key)
            };
            let problem = Problem::Refused(error.to_string());
            Err(problem.at(culprit.position).inside_key(name))
        }
    }
}

fn read_bind(node: &Node) -> Result<SocketAddr, Located> {
    let text = String::deserialize(node)?;
    let BindAddress(address) = text
        .parse()
        .map_err(|reason: &str| Problem::Refused(reason.to_owned()))?;
    Ok(address)
}

fn read_token(node: &Node) -> Result<Token, Located> {
    Token::new(String::deserialize(node)?).ok_or_else(|| {
        Problem::Refused(
            "a token has 1 to 512 characters: letters, digits and any of !#$%&'*+-.^_`|~"
                .to_owned(),
        )
        .into()
    })
}

fn read_origin(node: &Node) -> Result<String, Located> {
    let origin = String::deserialize(node)?;
    let valid = origin == "*"
        || origin.split_once("://").is_some_and(|(scheme, host)| {
            !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '*'])
        });
    if !valid {
        let reason = "not an origin; write it as browsers send it, as in `http://localhost:5173`";
        return Err(Problem::Refused(reason.to_owned()).into());
    }
    Ok(origin)
}
