//! The changes of one commit as they are written down: one value, or several where it is too large.

use super::topic;
use crate::json::{Object, write_string};
use crate::trigger::Change;
use bytes::Bytes;
use iii_kit::TraceContext;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// Where a part of a row is: `SEQUENCE-RUN-PART-PARTS`, so that the byte order is the order of the
/// commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Which row.
    pub(super) row: String,
    pub(super) part: usize,
    pub(super) parts: usize,
}

/// Length of a row's name: twenty digits, a dash, sixteen digits.
const NAME_BYTES: usize = 37;

/// A row's name. The run makes it one of its kind, also where a clock was set back.
pub(super) fn name(sequence: u64, run: u64) -> String {
    format!("{sequence:020}-{run:016x}")
}

/// The sequence number in a row's name.
pub(super) fn sequence(name: &str) -> Option<u64> {
    name.get(..20)?.parse().ok()
}

impl Place {
    pub(super) fn to_key(&self) -> String {
        format!("{}-{:05}-{:05}", self.row, self.part, self.parts)
    }

    pub(super) fn of_key(key: &str) -> Option<Self> {
        let (row, rest) = key.split_at_checked(NAME_BYTES)?;
        let (part, parts) = rest.strip_prefix('-')?.split_once('-')?;
        Some(Self {
            row: row.to_owned(),
            part: part.parse().ok()?,
            parts: parts.parse().ok()?,
        })
    }
}

/// A change, and the topics of everybody who watches the entry.
pub(super) struct Noted {
    pub(super) change: Change,
    pub(super) topics: Vec<Arc<str>>,
}

/// The text of a row.
pub(super) fn write(row: &str, changes: &[Noted], trace: &TraceContext) -> Bytes {
    let mut list = vec![b'['];
    for (index, noted) in changes.iter().enumerate() {
        if index > 0 {
            list.push(b',');
        }
        let mut topics = vec![b'['];
        for (index, topic) in noted.topics.iter().enumerate() {
            if index > 0 {
                topics.push(b',');
            }
            write_string(&mut topics, topic);
        }
        topics.push(b']');
        let id = format!("{row}-{index}");
        let event = noted.change.to_durable_event(&id);
        let text = Object::with_capacity(event.len() + topics.len() + 128)
            .string("id", &id)
            .string("group", &topic::group(&noted.change.at))
            .raw("topics", &topics)
            .raw("event", &event)
            .into_text();
        list.extend_from_slice(&text);
    }
    list.push(b']');
    let mut object = Object::with_capacity(list.len() + 256).raw("changes", &list);
    let parts = [
        ("traceparent", &trace.traceparent),
        ("tracestate", &trace.tracestate),
        ("baggage", &trace.baggage),
    ];
    for (name, text) in parts {
        if let Some(text) = text {
            object = object.string(name, text);
        }
    }
    Bytes::from(object.into_text())
}

/// A row, read back.
#[derive(Deserialize)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    pub(super) changes: Vec<Kept<'a>>,
    #[serde(borrow, default)]
    pub(super) traceparent: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) tracestate: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) baggage: Option<Cow<'a, str>>,
}

/// One change of a row.
#[derive(Deserialize)]
pub(super) struct Kept<'a> {
    /// One of its kind.
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) group: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) topics: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) event: &'a RawValue,
}

impl Row<'_> {
    pub(super) fn trace(&self) -> TraceContext {
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(|it| it.to_owned().into());
        TraceContext {
            traceparent: owned(&self.traceparent),
            tracestate: owned(&self.tracestate),
            baggage: owned(&self.baggage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_and_are_in_order() {
        let place = |sequence, part| Place {
            row: name(sequence, u64::MAX - sequence),
            part,
            parts: 12,
        };
        let places = [place(2, 0), place(2, 1), place(2, 10), place(10, 0)];
        let keys: Vec<_> = places.iter().map(Place::to_key).collect();
        assert!(keys.is_sorted());
        for (place, key) in places.iter().zip(&keys) {
            assert_eq!(Place::of_key(key).as_ref(), Some(place));
            assert!(matches!(sequence(&place.row), Some(2 | 10)));
        }
        for wrong in ["", "1-2-3", &keys[0][..40]] {
            assert_eq!(Place::of_key(wrong), None);
        }
    }
}
