//! WebSocket endpoints: the two channels of a call, carried to a browser.
//!
//! A route with `websocket: true` calls its function once for each connection. What the client
//! sends is on the channel `request_body`, what the function writes to `response` goes to the
//! client; texts are texts and bytes are bytes, both ways.

mod bridge;
mod handshake;

pub(crate) use bridge::Bridge;
pub(crate) use handshake::{accept, is_own_page};
