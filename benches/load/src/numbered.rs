//! Calls whose ids are numbers, and how far a long run is.

use crate::{frame, scan};
use uuid::Uuid;

/// A line is printed every so many.
const TELL_EVERY: u64 = 100_000;

/// Queues a call.
pub(crate) fn call(out: &mut Vec<u8>, number: u64, function: &str, data: &[&[u8]]) {
    let mut text = [0; 36];
    let id = Uuid::from_u128(number.into());
    let id = id.as_hyphenated().encode_lower(&mut text);
    let mut parts: Vec<&[u8]> = vec![
        br#"{"type":"invokefunction","invocation_id":""#,
        id.as_bytes(),
        br#"","function_id":""#,
        function.as_bytes(),
        br#"","data":"#,
    ];
    parts.extend(data);
    parts.push(b"}");
    frame::push_text(out, &parts);
}

/// The number of the call that a message answers.
pub(crate) fn id(message: &[u8]) -> Option<u64> {
    let id = scan::field(message, scan::INVOCATION_ID)?;
    u64::try_from(Uuid::try_parse_ascii(id).ok()?.as_u128()).ok()
}

pub(crate) fn is_error(message: &[u8]) -> bool {
    memchr::memmem::find(message, b"\"error\":{").is_some()
}

/// The number in `"n":"123"`.
pub(crate) fn text_number(message: &[u8]) -> Option<u64> {
    let digits = scan::field(message, "\"n\":\"")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The number behind `key`, which is given with quotes and colon.
pub(crate) fn integer(message: &[u8], key: &str) -> Option<u64> {
    let start = memchr::memmem::find(message, key.as_bytes())? + key.len();
    let digits = message[start..].iter().take_while(|it| it.is_ascii_digit());
    let digits: Vec<u8> = digits.copied().collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// Tells on stdout how far a run is.
#[derive(Default)]
pub(crate) struct Progress {
    told: u64,
}

impl Progress {
    pub(crate) fn tell(&mut self, done: u64) {
        let steps = done / TELL_EVERY;
        if steps > self.told {
            self.told = steps;
            println!("progress {done}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_they_were_put() {
        let mut out = Vec::new();
        call(&mut out, 77, "a::b", &[br#"{"n":"12"}"#]);
        assert_eq!(id(&out), Some(77));
        assert_eq!(text_number(&out), Some(12));
        assert_eq!(integer(br#"{"depth":40,"n":1}"#, "\"depth\":"), Some(40));
        assert_eq!(integer(b"{}", "\"depth\":"), None);
    }
}
