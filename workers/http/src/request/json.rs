//! JSON bodies: checked, never parsed into values.

use crate::limits::BODY_NESTING_MAX;
use bytes::Bytes;
use iii_kit::Payload;

/// Checks that a body is one well-formed JSON value and cuts the space around it away. An empty
/// body stays empty.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn check_json(body: &Bytes) -> Result<Bytes, String> {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    let text = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let skipped = body.len() - text.trim_ascii_start().len();
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(Bytes::new());
    }
    let text = body.slice_ref(text);
    let payload = Payload::parse(text).map_err(|error| {
        let position = skipped + error.position;
        format!("{} at byte {position}", error.reason)
    })?;
    if nests_deeper_than(payload.as_bytes(), BODY_NESTING_MAX) {
        return Err(format!(
            "arrays and objects nest deeper than {BODY_NESTING_MAX}"
        ));
    }
    Ok(payload.into_bytes())
}

/// Whether well-formed JSON text has more than `limit` open arrays and objects at once.
fn nests_deeper_than(json: &[u8], limit: usize) -> bool {
    let opening = json
        .iter()
        .filter(|byte| matches!(byte, b'[' | b'{'))
        .count();
    // Most bodies have fewer brackets than that altogether.
    opening > limit && depth(json) > limit
}

fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match (in_string, *byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                now += 1;
                deepest = deepest.max(now);
            }
            (false, b']' | b'}') => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<String, String> {
        let body = Bytes::copy_from_slice(text.as_bytes());
        check_json(&body).map(|json| String::from_utf8(json.to_vec()).unwrap())
    }

    #[test]
    fn what_is_json_is_kept_to_the_byte() {
        assert_eq!(
            check(" {\"b\":1.50,\"a\":[]}\n").unwrap(),
            "{\"b\":1.50,\"a\":[]}"
        );
        assert_eq!(check("\u{feff}[1]").unwrap(), "[1]");
        assert_eq!(check("null").unwrap(), "null");
        assert_eq!(check("").unwrap(), "");
        assert_eq!(check(" \r\n").unwrap(), "");
    }

    #[test]
    fn what_is_not_json_says_where() {
        for (text, place) in [
            ("{\"a\":}", "byte 5"),
            (" [1,", "byte 4"),
            ("[] x", "byte 3"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(place), "{text}: {error}");
        }
        assert!(check_json(&Bytes::from_static(b"\"\xff\"")).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_and_brackets_in_strings_are_not_nesting() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(check(&nested(BODY_NESTING_MAX)).is_ok());
        assert!(
            check(&nested(BODY_NESTING_MAX + 1))
                .unwrap_err()
                .contains("nest deeper")
        );
        let text = format!("\"\\\"{}\"", "[".repeat(BODY_NESTING_MAX + 1));
        assert!(check(&text).is_ok());
        assert!(check(&format!("[{}0]", "[],".repeat(BODY_NESTING_MAX))).is_ok());
    }
}
