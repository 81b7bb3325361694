//! What stands between a request and its function, besides the route.
//!
//! In this order: rate limits, who asks, rate limits by caller, middleware of the worker; then,
//! with the body, webhook signatures, the schema, the condition and middleware of the route. After
//! the handler come middleware of the route and of the worker. A route that asks for none of it has
//! no gate and pays for none.

mod front;
mod pass;
mod route_gate;
mod stages;
mod view;
mod wants;

pub(crate) use front::Front;
pub(crate) use pass::{Extras, Pass};
pub(crate) use route_gate::Gate;
pub(crate) use view::View;
pub(crate) use wants::Wants;
