//! Requests to a driver. Payloads are written as the text they are given as.

use serde::Serialize;
use std::fmt::Write as _;

/// What follows the `id` of a request line.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    fields: String,
}

impl Request {
    pub(crate) fn new(op: &str) -> Self {
        Self {
            fields: String::new(),
        }
        .with("op", op)
    }

    pub(crate) fn with(self, name: &str, value: impl Serialize) -> Self {
        let text = serde_json::to_string(&value).expect("the runner's own values have a JSON form");
        self.raw(name, &text)
    }

    /// A field whose JSON text matters.
    pub(crate) fn raw(mut self, name: &str, text: &str) -> Self {
        let _ = write!(self.fields, ",\"{name}\":{text}");
        self
    }

    pub(crate) fn line(&self, id: u64) -> String {
        format!("{{\"id\":{id}{}}}\n", self.fields)
    }
}
