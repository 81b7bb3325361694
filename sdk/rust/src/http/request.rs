//! The request.

use super::{EventStream, ResponseStream};
use crate::{ChannelError, ChannelReader, ChannelRef, Context};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A request, as a function bound to an `http` trigger gets it. `Body` is the type of JSON bodies;
/// with another one than [`Value`] a request whose body does not fit is an error of the function.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Request<Body = Value> {
    /// The method, in upper case.
    #[serde(default)]
    pub method: String,
    /// The route as registered, as `/orders/:id`.
    #[serde(default)]
    pub path: String,
    /// What was really requested, still percent-encoded.
    #[serde(default)]
    pub url: Url,
    /// Decoded parameters of the path, the capture of a wildcard included.
    #[serde(default)]
    pub path_params: BTreeMap<String, String>,
    /// Decoded query parameters; of a repeated name the last value.
    #[serde(default)]
    pub query_params: BTreeMap<String, String>,
    /// Every value of every query parameter; empty when no name repeats.
    #[serde(default)]
    pub query_params_all: BTreeMap<String, Vec<String>>,
    /// Headers with lower-case names; of a repeated name the last value.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Every value of every header; empty when no name repeats.
    #[serde(default)]
    pub headers_all: BTreeMap<String, Vec<String>>,
    /// Cookies by name.
    #[serde(default)]
    pub cookies: BTreeMap<String, String>,
    /// The body if it is JSON.
    pub body: Option<Body>,
    /// Fields of a form; of a repeated name the last value.
    #[serde(default)]
    pub form: BTreeMap<String, String>,
    /// Every value of every field; empty when no name repeats.
    #[serde(default)]
    pub form_all: BTreeMap<String, Vec<String>>,
    /// Files of a multipart form.
    #[serde(default)]
    pub files: Vec<File>,
    /// Who asks.
    #[serde(default)]
    pub client: Requester,
    /// What tells this request from others, in logs and in the answer.
    #[serde(default)]
    pub request_id: Option<String>,
    /// Who asks, if the route has it verified: `{scheme, type, subject, scopes, claims}`.
    #[serde(default)]
    pub auth: Option<Value>,
    /// What middleware has handed on.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// Where the raw body can be read.
    #[serde(default)]
    pub request_body: Option<ChannelRef>,
    /// Where the response can be streamed.
    #[serde(default)]
    pub response: Option<ChannelRef>,
}

/// What was requested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Url {
    /// `http` or `https`, as far as trusted proxies tell.
    pub scheme: String,
    /// The `Host` header.
    pub host: Option<String>,
    /// The path, still percent-encoded.
    pub path: String,
    /// Empty when there is none.
    pub query: String,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct Requester {
    /// IP address, as far as trusted proxies tell.
    pub address: String,
}

/// A file of a multipart form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct File {
    /// Name of the form's field.
    pub name: String,
    /// Name of the file, as its owner calls it: not to be used as a path.
    #[serde(default)]
    pub filename: String,
    /// What it says it is.
    #[serde(default)]
    pub content_type: Option<String>,
    /// In bytes.
    #[serde(default)]
    pub size: u64,
    /// Where it can be read.
    pub body: ChannelRef,
}

impl<Body> Request<Body> {
    /// A parameter of the path.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.path_params.get(name).map(String::as_str)
    }

    /// A query parameter; of a repeated name the last value.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query_params.get(name).map(String::as_str)
    }

    /// A header, whatever the case of its name; of a repeated name the last value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name);
        let value = value.or_else(|| self.headers.get(&name.to_ascii_lowercase()));
        value.map(String::as_str)
    }

    /// A cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// The id of the last event a returning reader of an [`EventStream`] has seen.
    pub fn last_event_id(&self) -> Option<&str> {
        self.header("last-event-id")
    }

    /// Reads the raw body as it arrives. What is not read, the client cannot send.
    ///
    /// # Errors
    /// The function was not called by an `http` trigger.
    pub fn body_reader(&self, context: &Context) -> Result<ChannelReader, ChannelError> {
        let channel = self.request_body.as_ref().ok_or(NO_CHANNEL)?;
        Ok(context.client().open_reader(channel))
    }

    /// Begins an answer that is written bit by bit.
    ///
    /// # Errors
    /// The function was not called by an `http` trigger.
    pub fn stream(&self, context: &Context) -> Result<ResponseStream, ChannelError> {
        let channel = self.response.as_ref().ok_or(NO_CHANNEL)?;
        Ok(ResponseStream::new(context.client().open_writer(channel)))
    }

    /// Begins an answer of server-sent events. The client sees it begin at once.
    ///
    /// # Errors
    /// The function was not called by an `http` trigger, or the client has left.
    pub async fn events(&self, context: &Context) -> Result<EventStream, ChannelError> {
        EventStream::begin(self.stream(context)?).await
    }
}

/// A call that is none of an `http` trigger.
const NO_CHANNEL: ChannelError = ChannelError::NotFound;
