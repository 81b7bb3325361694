//! Route patterns as people write them.

use crate::config::HostName;
use crate::limits::{PATTERN_BYTES_MAX, PATTERN_SEGMENTS_MAX};
use crate::router::decode_component;
use std::sync::Arc;

/// A validated `api_path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// Exactly what the trigger said; functions see it as `path`.
    pub(crate) text: Arc<str>,
    pub(crate) segments: Vec<Segment>,
    /// Names of the parameters, in the order of the segments that capture them.
    pub(crate) names: Vec<Arc<str>>,
    /// The host it is served for; absent for all.
    pub(crate) host: Option<HostName>,
}

/// One part of a path between slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Segment {
    /// Matches this text, percent-decoded.
    Fixed(Arc<str>),
    /// Matches any one segment that is not empty.
    Parameter,
    /// Matches the rest of the path, at least one byte; always last.
    Rest,
}

/// Why an `api_path` was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("api_path is required for http triggers")]
    Missing,
    #[error("api_path `{pattern}`: {reason}")]
    Bad { pattern: String, reason: String },
}

impl Pattern {
    /// Reads a pattern. Parameters are written `:name` or `{name}`, a wildcard for the rest of the
    /// path `*name` or `{*name}`; the leading slash is optional.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        if text.trim().is_empty() {
            return Err(PatternError::Missing);
        }
        Self::read(text).map_err(|reason| PatternError::Bad {
            pattern: text.chars().take(PATTERN_BYTES_MAX).collect(),
            reason,
        })
    }

    /// The same for one host only.
    pub(crate) fn on(self, host: Option<HostName>) -> Self {
        Self { host, ..self }
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(format!("longer than {PATTERN_BYTES_MAX} bytes"));
        }
        if let Some(bad) = text
            .chars()
            .find(|c| c.is_control() || c.is_whitespace() || matches!(c, '?' | '#' | '\\'))
        {
            return Err(format!("a path cannot contain {bad:?}"));
        }
        let path = text.strip_prefix('/').unwrap_or(text);
        let mut pattern = Self {
            text: text.into(),
            segments: Vec::new(),
            names: Vec::new(),
            host: None,
        };
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            pattern.push(part, is_last)?;
        }
        if pattern.segments.len() > PATTERN_SEGMENTS_MAX {
            return Err(format!("more than {PATTERN_SEGMENTS_MAX} segments"));
        }
        Ok(pattern)
    }

    fn push(&mut self, part: &str, is_last: bool) -> Result<(), String> {
        let (segment, name) = Segment::parse(part)?;
        if segment == Segment::Rest && !is_last {
            return Err(format!("the wildcard `{part}` must be the last segment"));
        }
        if segment == Segment::Fixed("".into()) && !is_last {
            return Err("it has an empty segment (`//`)".into());
        }
        if let Some(name) = name {
            if self.names.iter().any(|known| **known == *name) {
                return Err(format!("the parameter `{name}` is used twice"));
            }
            self.names.push(name.into());
        }
        self.segments.push(segment);
        Ok(())
    }
}

impl Segment {
    fn parse(part: &str) -> Result<(Self, Option<&str>), String> {
        let braced = part
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'));
        let (segment, name) = match (braced, part.as_bytes().first()) {
            (Some(inner), _) => match inner.strip_prefix('*') {
                Some(name) => (Self::Rest, name),
                None => (Self::Parameter, inner),
            },
            (None, Some(b':')) => (Self::Parameter, &part[1..]),
            (None, Some(b'*')) => (Self::Rest, &part[1..]),
            _ => return Self::fixed(part).map(|segment| (segment, None)),
        };
        check_name(part, name)?;
        Ok((segment, Some(name)))
    }

    fn fixed(part: &str) -> Result<Self, String> {
        if let Some(bad) = part.chars().find(|c| matches!(c, '{' | '}' | '*')) {
            return Err(format!(
                "`{bad}` inside `{part}`: a parameter is a whole segment, \
                 written `:name` or `{{name}}`, and a wildcard `*name` is the last one"
            ));
        }
        Ok(Self::Fixed(decode_component(part).into()))
    }
}

fn check_name(part: &str, name: &str) -> Result<(), String> {
    let mut chars = name.chars();
    let starts_well = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts_well && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
        Ok(())
    } else if name.is_empty() {
        Err(format!("`{part}` needs a name, for example `{part}rest`"))
    } else {
        Err(format!(
            "`{name}` is no parameter name: use letters, digits, `_` and `-`, a letter first"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(pattern: &str) -> Vec<String> {
        let names = Pattern::parse(pattern).unwrap().names;
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_spelling_means_the_same() {
        let colon = Pattern::parse("/x/:id/*rest").unwrap();
        let braces = Pattern::parse("x/{id}/{*rest}").unwrap();
        assert_eq!(colon.segments, braces.segments);
        assert_eq!(names("/x/:id/*rest"), ["id", "rest"]);
        assert_eq!(names("x/{id}/{*rest}"), ["id", "rest"]);
        assert_eq!(&*braces.text, "x/{id}/{*rest}");
    }

    #[test]
    fn fixed_text_is_decoded_and_may_hold_colons() {
        let pattern = Pattern::parse("/v1/a%20b:run/").unwrap();
        let fixed = |text: &str| Segment::Fixed(text.into());
        assert_eq!(pattern.segments, [fixed("v1"), fixed("a b:run"), fixed("")]);
    }

    #[test]
    fn bad_patterns_are_errors_that_say_what_is_wrong() {
        let long = "a".repeat(PATTERN_BYTES_MAX + 1);
        let deep = "/a".repeat(PATTERN_SEGMENTS_MAX + 1);
        for (pattern, part) in [
            ("", "required"),
            ("  ", "required"),
            ("/a//b", "empty segment"),
            ("/a/*", "needs a name"),
            ("/a/:", "needs a name"),
            ("/a/{}", "needs a name"),
            ("/a/{*}", "needs a name"),
            ("/*rest/b", "last segment"),
            ("/a/:id/:id", "used twice"),
            ("/a/b*c", "whole segment"),
            ("/a/{id}.json", "whole segment"),
            ("/a/{id", "whole segment"),
            ("/a/:i d", "cannot contain"),
            ("/a?b=1", "cannot contain"),
            ("/a/:1", "no parameter name"),
            ("/a/\u{0}", "cannot contain"),
            (long.as_str(), "longer than"),
            (deep.as_str(), "segments"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(part), "{pattern}: {error}");
        }
    }
}
