//! What the tests share.

mod messages;
mod peer;
mod request;
mod rig;

pub(crate) use messages::{code, error_of, id, invoke, invoke_as, result_of};
pub(crate) use peer::{Peer, patient};
pub(crate) use request::{Refused, Request};
pub(crate) use rig::{Rig, Setup};
