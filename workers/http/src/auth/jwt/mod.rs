//! Signed tokens (JWT, RFC 7519, as RFC 8725 says to verify them).
//!
//! **Invariant:** the configuration decides which algorithms and keys are taken, never the token:
//! its header only chooses among them.

mod claims;
mod fetch;
mod keys;
mod signature;
mod source;
#[cfg(test)]
mod tests;
mod token;
mod verifier;

pub(crate) use verifier::Verifier;

/// Why a token was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It does not hold, for this reason; the text never repeats anything of the token.
    Invalid(&'static str),
    /// The keys cannot be had.
    Unavailable(String),
}
