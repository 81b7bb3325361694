//! Where to listen, and how.

use super::HostName;
use iii_kit::tls::CertificateFiles;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The chain of an ACME client's folder.
const CHAIN_NAME: &str = "fullchain.pem";
/// The key of an ACME client's folder.
const KEY_NAME: &str = "privkey.pem";

/// One listener. It speaks HTTP/1.1 and HTTP/2: over TLS whichever the client asks for (ALPN),
/// without TLS HTTP/2 with clients that begin with it (prior knowledge).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Address and port, as `127.0.0.1:3111` or `[::1]:3111`; port 0 lets the system choose. Beyond
    /// loopback everybody who reaches it can call the routes.
    pub bind: SocketAddr,
    /// The certificate, or a list of them; the first that is valid for the name a client asks for
    /// is used, else the first of all. Changed files are taken over within seconds. Absent means
    /// no TLS.
    #[serde(default, deserialize_with = "certificates")]
    #[schemars(with = "Written")]
    pub tls: Vec<Certificate>,
    /// The hosts that are served here, as `example.org` or `*.example.org`; requests for any other
    /// are answered 421. Empty means all.
    #[serde(default)]
    pub hosts: Vec<HostName>,
    /// Answers every request with a redirect (308) to the first listener with TLS, except those
    /// below `/.well-known/acme-challenge/`.
    #[serde(default)]
    pub redirect_https: bool,
}

/// A certificate with its key: the two files, or the folder in which an ACME client keeps them.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Files")]
pub struct Certificate {
    /// PEM file with the server's certificate, then those between it and a root.
    pub cert: PathBuf,
    /// PEM file with the key, not encrypted.
    pub key: PathBuf,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Files {
    /// PEM file with the server's certificate, then those between it and a root. Relative paths
    /// begin where the configuration file is.
    cert: Option<PathBuf>,
    /// PEM file with the key, not encrypted.
    key: Option<PathBuf>,
    /// Instead of both, a folder with `fullchain.pem` and `privkey.pem`, as ACME clients keep it;
    /// the two may be links.
    folder: Option<PathBuf>,
}

/// For the schema only.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes, nobody makes it")]
enum Written {
    One(Certificate),
    Several(Vec<Certificate>),
}

impl Listen {
    /// A listener without TLS for every host.
    pub fn plain(bind: SocketAddr) -> Self {
        Self {
            bind,
            tls: Vec::new(),
            hosts: Vec::new(),
            redirect_https: false,
        }
    }

    /// Lets relative paths begin in `folder`.
    pub(super) fn resolve(&mut self, folder: &Path) {
        for certificate in &mut self.tls {
            certificate.cert = folder.join(&certificate.cert);
            certificate.key = folder.join(&certificate.key);
        }
    }
}

impl From<&Certificate> for CertificateFiles {
    fn from(certificate: &Certificate) -> Self {
        Self {
            cert: certificate.cert.clone(),
            key: certificate.key.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Files::deserialize(deserializer)? {
            Files {
                cert: Some(cert),
                key: Some(key),
                folder: None,
            } => Ok(Self { cert, key }),
            Files {
                cert: None,
                key: None,
                folder: Some(folder),
            } => Ok(Self {
                cert: folder.join(CHAIN_NAME),
                key: folder.join(KEY_NAME),
            }),
            _ => Err(serde::de::Error::custom(
                "a certificate is `cert` and `key`, or `folder`",
            )),
        }
    }
}

fn certificates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Certificate>, D::Error> {
    let certificates = deserializer.deserialize_any(OneOrMore(PhantomData))?;
    if certificates.is_empty() {
        return Err(serde::de::Error::custom(
            "without any certificate nobody can connect; remove `tls` to listen without it",
        ));
    }
    Ok(certificates)
}

/// Unlike an untagged enum it keeps what is wrong inside, and where.
struct OneOrMore<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMore<T> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<Listen, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn certificates_are_files_or_folders() {
        let bind = "[::1]:0";
        let tls = json!([{ "folder": "live/a" }, { "cert": "c.pem", "key": "k.pem" }]);
        let listen = read(json!({ "bind": bind, "tls": tls })).unwrap();
        let certs: Vec<_> = listen.tls.iter().map(|files| files.cert.clone()).collect();
        assert_eq!(
            certs,
            [Path::new("live/a/fullchain.pem"), Path::new("c.pem")]
        );
        let one = read(json!({ "bind": bind, "tls": { "folder": "f" } })).unwrap();
        assert_eq!(one.tls[0].key, Path::new("f/privkey.pem"));
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        for (value, part) in [
            (json!({}), "missing field `bind`"),
            (json!({ "bind": "3111" }), "socket address"),
            (json!({ "bind": "[::1]:1", "port": 1 }), "unknown field"),
            (json!({ "bind": "[::1]:1", "tls": [] }), "remove `tls`"),
            (json!({ "bind": "[::1]:1", "tls": "a" }), "an object or"),
            (
                json!({ "bind": "[::1]:1", "tls": { "cert": "a" } }),
                "`cert` and `key`, or `folder`",
            ),
            (
                json!({ "bind": "[::1]:1", "tls": [{ "crt": "a" }] }),
                "unknown field `crt`",
            ),
            (
                json!({ "bind": "[::1]:1", "hosts": ["a:1"] }),
                "no host name",
            ),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
