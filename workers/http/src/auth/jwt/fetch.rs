//! Fetching a key set.

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// Largest key set, in bytes.
const SET_BYTES_MAX: usize = 256 << 10;
/// How long a fetch may take.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Fetches one URL. Redirects are not followed: they would be a way to other keys.
pub(super) struct Fetcher {
    pub(super) url: Uri,
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
}

impl Fetcher {
    pub(super) fn new(url: &str) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|_| "`jwks_url` is no URL".to_owned())?;
        let connector = connector(&url)?;
        Ok(Self {
            url,
            client: Client::builder(TokioExecutor::new())
                .pool_max_idle_per_host(0)
                .build(connector),
        })
    }

    pub(super) async fn fetch(&self) -> Result<Vec<u8>, String> {
        let fetching = tokio::time::timeout(TIME_MAX, self.read());
        let Ok(read) = fetching.await else {
            return Err(format!("no answer within {} s", TIME_MAX.as_secs()));
        };
        read
    }

    async fn read(&self) -> Result<Vec<u8>, String> {
        let request = Request::get(self.url.clone())
            .header(header::ACCEPT, "application/json")
            .body(Empty::new())
            .map_err(|error| error.to_string())?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status() != http::StatusCode::OK {
            return Err(format!("the answer is {}", answer.status()));
        }
        let body = Limited::new(answer.into_body(), SET_BYTES_MAX)
            .collect()
            .await;
        let body = body.map_err(|error| error.to_string())?;
        Ok(body.to_bytes().to_vec())
    }
}

fn connector(url: &Uri) -> Result<HttpsConnector<HttpConnector>, String> {
    let provider = rustls::crypto::ring::default_provider();
    // The configuration has checked that plain HTTP stays on this machine.
    let builder = if url.scheme_str() == Some("https") {
        HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(provider)
            .map_err(|error| format!("this machine trusts no certificates: {error}"))?
    } else {
        let nobody = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        HttpsConnectorBuilder::new().with_tls_config(nobody)
    };
    Ok(builder.https_or_http().enable_http1().build())
}
