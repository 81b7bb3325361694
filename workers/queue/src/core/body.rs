//! What a message carries, as it is kept: its trace and metadata, and the data byte for byte.

use bytes::{BufMut, Bytes, BytesMut};
use iii_kit::{Payload, TraceContext};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// The trace that its delivery continues.
    pub(crate) trace: TraceContext,
    /// Handed to the function beside the data.
    pub(crate) metadata: Option<Payload>,
    /// The input of the function.
    pub(crate) data: Payload,
}

#[derive(Serialize, Deserialize)]
struct Rest<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    tracestate: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    baggage: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a RawValue>,
}

/// A body that is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored message is damaged")]
pub(crate) struct Damaged;

impl Body {
    /// Four bytes with the length of the rest, the rest, the data.
    pub(crate) fn encode(&self) -> Bytes {
        let text = |text: &Option<iii_kit::Text>| text.as_ref().map(ToString::to_string);
        let metadata = self.metadata.as_ref();
        let rest = Rest {
            traceparent: text(&self.trace.traceparent).map(Cow::Owned),
            tracestate: text(&self.trace.tracestate).map(Cow::Owned),
            baggage: text(&self.trace.baggage).map(Cow::Owned),
            metadata: metadata.and_then(|it| serde_json::from_slice(it.as_bytes()).ok()),
        };
        let rest = serde_json::to_vec(&rest).expect("text has a JSON form");
        let mut bytes = BytesMut::with_capacity(4 + rest.len() + self.data.len());
        bytes.put_u32(u32::try_from(rest.len()).expect("a message is smaller than 4 GiB"));
        bytes.put_slice(&rest);
        bytes.put_slice(self.data.as_bytes());
        bytes.freeze()
    }

    /// # Errors
    /// [`Damaged`]: something else is there.
    pub(crate) fn decode(bytes: &Bytes) -> Result<Self, Damaged> {
        let (length, rest) = bytes.split_first_chunk().ok_or(Damaged)?;
        let length = u32::from_be_bytes(*length) as usize;
        let rest = rest.get(..length).ok_or(Damaged)?;
        let rest: Rest<'_> = serde_json::from_slice(rest).map_err(|_| Damaged)?;
        let text = |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into());
        let metadata = rest
            .metadata
            .map(|it| Payload::from_trusted(Bytes::copy_from_slice(it.get().as_bytes())));
        Ok(Self {
            trace: TraceContext {
                traceparent: text(rest.traceparent),
                tracestate: text(rest.tracestate),
                baggage: text(rest.baggage),
            },
            metadata,
            data: Payload::from_trusted(bytes.slice(4 + length..)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_byte_for_byte() {
        let payload =
            |text: &'static str| Payload::from_trusted(Bytes::from_static(text.as_bytes()));
        let full = Body {
            trace: TraceContext {
                traceparent: Some("00-ab-cd-01".into()),
                tracestate: None,
                baggage: Some("a=\"b\"".into()),
            },
            metadata: Some(payload("{ \"z\":1.0, \"a\":2 }")),
            data: payload("[1.0,  {\"b\":1,\"a\":2}]"),
        };
        let plain = Body {
            trace: TraceContext::default(),
            metadata: None,
            data: payload("null"),
        };
        for body in [full, plain] {
            let bytes = body.encode();
            assert_eq!(Body::decode(&bytes), Ok(body));
            for cut in 0..4 {
                assert_eq!(Body::decode(&bytes.slice(..cut)), Err(Damaged));
            }
        }
    }
}
