//! W3C trace context.

use crate::random::Random;
use bytes::Bytes;
use iii_protocol::{Text, TraceContext};

/// Version, trace id, span id and flags of a `traceparent`.
const TEMPLATE: &[u8; 55] = b"00-00000000000000000000000000000000-0000000000000000-01";

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
    is_hex(id, 32).then_some(id)
}

/// The span id of a trace context, 16 hexadecimal digits.
pub(crate) fn span_id(trace: &TraceContext) -> Option<&str> {
    let id = trace.traceparent.as_ref()?.as_str().split('-').nth(2)?;
    is_hex(id, 16).then_some(id)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A trace that begins here. Whoever collects spans decides about sampling, so it is marked
/// sampled.
pub(crate) fn new_trace(random: &Random) -> TraceContext {
    // All zeros would be invalid; the odd bit rules them out.
    let (trace_id, span_id) = (random.next_u128() | 1, random.next() | 1);
    TraceContext {
        traceparent: traceparent(trace_id.to_be_bytes(), span_id.to_be_bytes(), 1),
        ..TraceContext::default()
    }
}

/// The text of a span's identity.
pub(crate) fn traceparent(trace_id: [u8; 16], span_id: [u8; 8], flags: u8) -> Option<Text> {
    let mut text = *TEMPLATE;
    put_hex(&mut text[3..35], &trace_id);
    put_hex(&mut text[36..52], &span_id);
    put_hex(&mut text[53..], &[flags]);
    Text::from_utf8(Bytes::copy_from_slice(&text)).ok()
}

/// The same trace with a span of its own; `None` when there is none to be part of.
pub(crate) fn child_of(parent: &TraceContext, random: &Random) -> Option<TraceContext> {
    trace_id(parent)?;
    let text = parent.traceparent.as_ref()?.as_str();
    let (version, rest) = text.split_once('-')?;
    let (id, rest) = rest.split_once('-')?;
    let (_span, flags) = rest.split_once('-')?;
    let mut span = [0; 16];
    put_hex(&mut span, &(random.next() | 1).to_be_bytes());
    let span = String::from_utf8_lossy(&span);
    Some(TraceContext {
        traceparent: Some(format!("{version}-{id}-{span}-{flags}").into()),
        ..parent.clone()
    })
}

/// One call in flight needs one of these, so it is written without the formatting machinery.
fn put_hex(text: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_trace_is_well_formed_and_its_own() {
        let random = Random::from_system();
        let (one, other) = (new_trace(&random), new_trace(&random));
        let text = one.traceparent.as_ref().unwrap();
        assert_eq!(text.len(), TEMPLATE.len());
        assert!(text.starts_with("00-") && text.ends_with("-01"), "{text}");
        assert_eq!(
            text.split('-').map(str::len).collect::<Vec<_>>(),
            [2, 32, 16, 2]
        );
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
