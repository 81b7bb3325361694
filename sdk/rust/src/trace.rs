//! W3C trace context.

use iii_protocol::TraceContext;

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
