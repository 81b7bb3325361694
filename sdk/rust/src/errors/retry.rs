//! What an error says about trying again.

use iii_protocol::Payload;
use serde_json::{Map, Value};
use std::time::Duration;

pub(super) const AFTER_MS: &str = "retry_after_ms";
pub(super) const RETRYABLE: &str = "retryable";
pub(super) const RELEASED: &str = "released";

/// What a function's error says about trying again, see [`crate::HandlerError::retry_after`] and
/// its siblings. Whatever is missing or malformed is as if it were not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryAdvice {
    /// Wait this long before.
    pub after: Option<Duration>,
    /// Whether another attempt may succeed; `None` leaves it to the code.
    pub retryable: Option<bool>,
    /// The message is given back and the attempt not counted.
    pub released: bool,
}

impl RetryAdvice {
    pub(super) fn read(details: &Payload) -> Self {
        let members = members(details);
        let flag = |name| members.get(name).and_then(Value::as_bool);
        Self {
            after: members.get(AFTER_MS).and_then(milliseconds),
            retryable: flag(RETRYABLE),
            released: flag(RELEASED).unwrap_or_default(),
        }
    }
}

/// The members of an error body beside its code, message and stack.
pub(super) fn members(details: &Payload) -> Map<String, Value> {
    serde_json::from_slice(details.as_bytes()).unwrap_or_default()
}

/// A number as the protocol reads them: not negative, without its fraction.
fn milliseconds(value: &Value) -> Option<Duration> {
    let whole = value.as_u64().map(Duration::from_millis);
    let fraction = || Duration::try_from_secs_f64(value.as_f64()? / 1000.0).ok();
    let wait = whole.or_else(fraction)?;
    u64::try_from(wait.as_millis())
        .ok()
        .map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_malformed_is_as_if_it_were_not_said() {
        let read = |json: &'static str| RetryAdvice::read(&Payload::from_trusted(json.into()));
        let after = |json| read(json).after.map(|wait| wait.as_millis());
        assert_eq!(after(r#"{"retry_after_ms":1500}"#), Some(1500));
        assert_eq!(after(r#"{"retry_after_ms":1500.9}"#), Some(1500));
        for wrong in ["-1", "\"5\"", "null", "1e300", "[1]"] {
            let json = format!(r#"{{"retry_after_ms":{wrong},"retryable":0,"released":"yes"}}"#);
            let details = Payload::from_trusted(json.into());
            assert_eq!(
                RetryAdvice::read(&details),
                RetryAdvice::default(),
                "{wrong}"
            );
        }
        let all = read(r#"{"released":true,"retryable":false}"#);
        assert_eq!((all.released, all.retryable), (true, Some(false)));
        assert_eq!(read("7"), RetryAdvice::default());
    }
}
