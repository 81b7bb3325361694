//! W3C trace context.

use crate::random::Random;
use iii_protocol::{Text, TraceContext};
use std::fmt::Write;

/// Length of a `traceparent`.
const TRACEPARENT_LEN: usize = 55;

/// The trace id of a trace context, 32 hexadecimal digits; `None` when there is none or its
/// `traceparent` is malformed.
///
/// ```
/// use iii_kit::{TraceContext, trace_id};
/// let mut trace = TraceContext::default();
/// trace.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03".into());
/// assert_eq!(trace_id(&trace), Some("0af7651916cd43dd8448eb211c80319c"));
/// ```
pub fn trace_id(trace: &TraceContext) -> Option<&str> {
    let text = trace.traceparent.as_ref()?.as_str();
    let mut parts = text.split('-');
    let (_version, id) = (parts.next()?, parts.next()?);
    let usable = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    usable.then_some(id)
}

/// A trace that begins here. Whoever collects spans decides about sampling, so it is marked
/// sampled.
pub(crate) fn new_trace(random: &Random) -> TraceContext {
    let mut text = String::with_capacity(TRACEPARENT_LEN);
    // All zeros would be invalid; the odd bit rules them out. Writing to a string cannot fail.
    let (trace, span) = (random.next_u128() | 1, random.next() | 1);
    let _ = write!(text, "00-{trace:032x}-{span:016x}-01");
    TraceContext {
        traceparent: Some(Text::from(text)),
        ..TraceContext::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_trace_is_well_formed_and_its_own() {
        let random = Random::from_system();
        let (one, other) = (new_trace(&random), new_trace(&random));
        assert_eq!(one.traceparent.as_ref().unwrap().len(), TRACEPARENT_LEN);
        assert_eq!(trace_id(&one).unwrap().len(), 32);
        assert_ne!(trace_id(&one), trace_id(&other));
    }

    #[test]
    fn a_malformed_traceparent_has_no_trace_id() {
        for text in [
            "",
            "00",
            "00-xyz-1-01",
            "00-0af7651916cd43dd8448eb211c80319-1-01",
        ] {
            let trace = TraceContext {
                traceparent: Some(text.into()),
                ..TraceContext::default()
            };
            assert_eq!(trace_id(&trace), None, "{text}");
        }
    }
}
