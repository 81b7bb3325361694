//! The head of a streamed response, as control messages of its channel build it.

use super::result::{status, with_body};
use super::{Chunks, ResponseBody, headers};
use bytes::Bytes;
use http::header::HeaderMap;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Status and headers so far.
#[derive(Default)]
pub(crate) struct StreamHead {
    status: StatusCode,
    headers: HeaderMap,
}

#[derive(Deserialize)]
struct Control<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    status_code: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
}

impl StreamHead {
    /// Applies one control message. Kinds this version does not know are ignored, as is text that
    /// is no control message.
    ///
    /// # Errors
    /// Why the message cannot become part of a response, for people.
    pub(crate) fn apply(&mut self, text: &[u8]) -> Result<(), String> {
        let Ok(control) = serde_json::from_slice::<Control<'_>>(text) else {
            return Ok(());
        };
        match (control.kind.as_str(), control.status_code, control.headers) {
            ("set_status", Some(code), _) => self.status = status(code.get())?,
            ("set_headers", _, Some(given)) => headers::read(given.get(), &mut self.headers)?,
            _ => {}
        }
        Ok(())
    }

    /// The response whose body is `chunks`.
    pub(crate) fn streamed(self, chunks: Chunks) -> Response<ResponseBody> {
        let mut response = Response::new(ResponseBody::Streamed(chunks));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// The response of a stream that ended before its first byte.
    pub(crate) fn empty(self) -> Response<ResponseBody> {
        let mut response = with_body(self.status, HeaderMap::new(), Bytes::new());
        *response.headers_mut() = self.headers;
        response
    }
}
