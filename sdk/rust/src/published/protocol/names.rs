//! Words of the wire around observing: closed lists today, so an unknown word is kept as it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Gives a list of words its texts. For `words!(On { Success = "success" })` it writes
/// ```text
/// impl On { pub fn as_str(&self) -> &str { match self { Self::Success => "success", .. } } }
/// impl From<&str> for On { .. }
/// impl fmt::Display for On { .. }
/// ```
macro_rules! words {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// The word on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(other) => other,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// Who hands a function's events to its observers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Every invocation is an event.
    #[default]
    Auto,
    /// The function's owner.
    Owner,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

/// What of an event travels to the target.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capture {
    /// The input.
    Input,
    /// The result.
    Output,
    /// The failure.
    Error,
    /// Who called.
    Caller,
    /// The call's metadata.
    Metadata,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

/// Which ends of an invocation are events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// Results.
    #[default]
    Success,
    /// Failures.
    Error,
    /// Both.
    Complete,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

/// What the target is called with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Deliver {
    /// All that is known of the event.
    #[default]
    Envelope,
    /// The input alone.
    Input,
    /// The result alone.
    Output,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

/// Where an observer stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ObserverState {
    /// The engine has not answered yet.
    Pending,
    /// It is called on events.
    Active,
    /// Somebody it needs is away.
    Suspended,
    /// It was refused.
    Error,
    /// It was taken back.
    Disposed,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

/// How an observed invocation ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InvocationStatus {
    /// With a result.
    Success,
    /// With a failure.
    Error,
    /// Any other word.
    #[serde(untagged)]
    Unknown(String),
}

words!(Delivery { Auto = "auto", Owner = "owner" });
words!(Capture {
    Input = "input",
    Output = "output",
    Error = "error",
    Caller = "caller",
    Metadata = "metadata",
});
words!(On { Success = "success", Error = "error", Complete = "complete" });
words!(Deliver { Envelope = "envelope", Input = "input", Output = "output" });
words!(ObserverState {
    Pending = "pending",
    Active = "active",
    Suspended = "suspended",
    Error = "error",
    Disposed = "disposed",
});
words!(InvocationStatus { Success = "success", Error = "error" });

/// What travels unless an observer asks for something else: input, result and caller.
pub fn default_capture() -> Vec<Capture> {
    vec![Capture::Input, Capture::Output, Capture::Caller]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_travel_as_they_are_written() {
        for state in ["pending", "active", "suspended", "error", "disposed"] {
            let read: ObserverState = serde_json::from_value(json!(state)).unwrap();
            assert_eq!(read, ObserverState::from(state));
            assert!(!matches!(read, ObserverState::Unknown(_)), "{state}");
            assert_eq!(serde_json::to_value(&read).unwrap(), json!(state));
            assert_eq!(read.to_string(), state);
        }
    }

    #[test]
    fn a_word_of_tomorrow_is_kept() {
        let read: On = serde_json::from_value(json!("retry")).unwrap();
        assert_eq!(read, On::Unknown("retry".to_owned()));
        assert_eq!(serde_json::to_value(&read).unwrap(), json!("retry"));
    }
}
