//! Where an operation works.

use super::fault::Fault;
use crate::limits::{PATH_SEGMENT_BYTES_MAX, PATH_SEGMENTS_MAX};
use serde::Deserialize;
use std::borrow::Cow;

/// The target of an operation. Keys are literal: dots mean nothing.
#[derive(Debug)]
pub(crate) enum Path<'a> {
    /// The whole value.
    Root,
    /// One first-level key, given as a string.
    Key(Cow<'a, str>),
    /// Keys to walk, given as a list.
    Walk(Vec<Cow<'a, str>>),
}

#[derive(Deserialize)]
struct Segment<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Path<'a> {
    /// Reads a path that must be a string.
    pub(super) fn key(text: &'a str) -> Result<Self, String> {
        match serde_json::from_str::<Segment<'_>>(text) {
            Ok(Segment(key)) if key.is_empty() => Ok(Self::Root),
            Ok(Segment(key)) => Ok(Self::Key(key)),
            Err(_) => Err("`path` must be a string".to_owned()),
        }
    }

    /// Reads a path that may be a string, a list of strings, or null.
    pub(super) fn walk(text: &'a str) -> Result<Self, String> {
        if text == "null" {
            return Ok(Self::Root);
        }
        if !text.starts_with('[') {
            return Self::key(text)
                .map_err(|_| "`path` must be a string or a list of strings".to_owned());
        }
        match serde_json::from_str::<Vec<Segment<'_>>>(text) {
            Ok(segments) if segments.is_empty() => Ok(Self::Root),
            Ok(segments) => Ok(Self::Walk(
                segments.into_iter().map(|segment| segment.0).collect(),
            )),
            Err(_) => Err("`path` must be a string or a list of strings".to_owned()),
        }
    }

    /// Checks the path's limits.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let segments = self.segments();
        if segments.len() > PATH_SEGMENTS_MAX {
            return Err(Fault::PathTooDeep {
                segments: segments.len(),
            });
        }
        for segment in segments {
            if segment.is_empty() {
                return Err(Fault::PathEmptySegment);
            }
            if segment.len() > PATH_SEGMENT_BYTES_MAX {
                return Err(Fault::PathSegmentTooLong {
                    bytes: segment.len(),
                });
            }
            if pollutes(segment) {
                return Err(Fault::PathPolluted {
                    key: segment.to_string(),
                });
            }
        }
        Ok(())
    }

    pub(super) fn segments(&self) -> &[Cow<'a, str>] {
        match self {
            Self::Root => &[],
            Self::Key(key) => std::slice::from_ref(key),
            Self::Walk(segments) => segments,
        }
    }
}

/// Whether a key would reach into the prototype of a JavaScript object that takes it over.
pub(super) fn pollutes(key: &str) -> bool {
    matches!(key, "__proto__" | "constructor" | "prototype")
}
