//! How calls and handlers take part in the traces of OpenTelemetry.
//!
//! Handlers run in the context of their caller, calls take the context they are made in, and both
//! make spans where the program has installed a tracer provider. Without the feature
//! `opentelemetry` the same functions pass the texts on, and nothing else.

#[cfg(not(feature = "opentelemetry"))]
mod absent;
#[cfg(feature = "opentelemetry")]
mod calls;
#[cfg(feature = "opentelemetry")]
mod handlers;
#[cfg(feature = "opentelemetry")]
mod here;
#[cfg(feature = "opentelemetry")]
mod sections;
#[cfg(feature = "opentelemetry")]
mod spans;
#[cfg(feature = "opentelemetry")]
mod texts;

#[cfg(not(feature = "opentelemetry"))]
pub(crate) use absent::{Around, Section, begin_call, current_trace, event, fail, note, within};
#[cfg(feature = "opentelemetry")]
pub(crate) use calls::begin_call;
#[cfg(feature = "opentelemetry")]
pub(crate) use handlers::Around;
#[cfg(feature = "opentelemetry")]
pub(crate) use here::{current_trace, event, fail, note, within};
#[cfg(feature = "opentelemetry")]
pub(crate) use sections::Section;
