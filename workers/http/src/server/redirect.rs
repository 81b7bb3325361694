//! From a listener without TLS to one with it.

use crate::response::error::Style;
use crate::response::{self, ResponseBody};
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode, Uri};

/// What certificate authorities ask for without TLS (RFC 8555, section 8.3).
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// The port that belongs to `https` by itself.
const HTTPS_PORT: u16 = 443;

/// Where requests are sent.
pub(super) struct Redirect {
    pub(super) port: u16,
}

impl Redirect {
    /// The redirect for a request of `host`; `None` when the request may stay.
    pub(super) fn answer(
        &self,
        uri: &Uri,
        host: &str,
        style: Style,
    ) -> Option<Response<ResponseBody>> {
        if uri.path().starts_with(CHALLENGES) {
            return None;
        }
        let port = match self.port {
            HTTPS_PORT => String::new(),
            port => format!(":{port}"),
        };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let location = HeaderValue::try_from(format!("https://{host}{port}{target}"));
        Some(match location {
            Ok(location) if !host.is_empty() && target.starts_with('/') => {
                let mut response = response::nothing();
                *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
                response.headers_mut().insert(LOCATION, location);
                response
            }
            _ => style.error(
                StatusCode::BAD_REQUEST,
                "HTTPS_REQUIRED",
                "this port only leads to https, and the request does not say which host",
            ),
        })
    }
}
