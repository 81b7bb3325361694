//! The wire contract of iii: messages, ids, error codes and the codec.
//!
//! The words of the contract are in `protocol/spec.md`; this crate is its Rust form.
//!
//! **Invariant:** envelope and payload are kept apart. A [`Payload`] is a slice of the received
//! frame; it is checked for well-formedness, never parsed into values and never rebuilt.
//! **Invariant:** no I/O, no clock, no async runtime.
//!
//! Start reading at [`Message`], then `codec.rs`.

#![warn(missing_docs)]

mod decode;
mod decode_error;
mod encode;
mod error_body;
mod error_code;
mod fields;
mod ids;
mod limits;
mod message;
mod payload;
pub mod scan;
mod text;

#[cfg(test)]
mod codec_tests;

pub use decode::decode;
pub use decode_error::{DecodeError, DecodeErrorKind, SyntaxError};
pub use encode::{EncodeSink, encode, encode_text};
pub use error_body::ErrorBody;
pub use error_code::ErrorCode;
pub use fields::{
    DESCRIPTION_BYTES_MAX, ENVELOPE_TEXT_BYTES_MAX, INVOCATION_ID_BYTES_MAX, TRACE_TEXT_BYTES_MAX,
};
pub use ids::InvocationId;
pub use limits::Limits;
pub use message::{
    CancelInvocation, Drain, ErrorMessage, FunctionRegistered, InvocationResult, InvokeFunction,
    Message, Reattach, RegisterFunction, RegisterService, RegisterTrigger, RegisterTriggerType,
    RegistrationRejected, TraceContext, TriggerRegistrationResult, TriggerTypeRegistered,
    UnregisterFunction, UnregisterTrigger, UnregisterTriggerType, WorkerRegistered,
};
pub use payload::Payload;
pub use text::Text;
