//! Who is asking: API keys, tokens and signed webhooks, verified before a function runs.
//!
//! Schemes have names and live, with their secrets, in the worker's configuration; routes only name
//! them, because what a trigger says is listed in the catalog for everybody to read.
//!
//! **Invariant:** whatever cannot be verified is refused. A key set that cannot be had is an error
//! (503), never a pass.

mod api_key;
mod config;
mod guard;
mod jwt;
mod scheme;
mod secret;
mod webhook;

pub use config::{Algorithm, ApiKey, Auth, Jwt, KeyEntry, Scheme as AuthScheme, Webhook};
pub use config::{Digest, Encoding, Layout};
pub(crate) use guard::{Guard, Seen};
pub(crate) use scheme::{Identity, Scheme, Schemes, Verifier};
pub use secret::Secret;
