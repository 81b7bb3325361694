//! Functions that hear of every change of `state`, whoever dies in between: the workers `state` and
//! `queue` together.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

mod crew;
mod guide;
mod keeping;
mod limits;
mod order;
