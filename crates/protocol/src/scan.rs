//! Walks JSON text without building values.
//!
//! The engine must know that a payload is well-formed before it hands it on (a broken one would
//! hurt the receiver), and must find the members of an envelope object; it needs nothing else. So
//! this is a validating skipper: no allocation, no recursion, one pass.

use crate::SyntaxError;
use std::ops::Range;

/// Deepest nesting of arrays and objects in a message, a constant of the protocol.
pub const NESTING_MAX: usize = 512;

const NESTING_WORDS: usize = NESTING_MAX / 64;

/// Checks that `bytes` hold exactly one well-formed JSON value, with white space around it allowed.
///
/// # Errors
/// The first fault.
pub fn check_value(bytes: &[u8]) -> Result<(), SyntaxError> {
    if simdutf8::basic::from_utf8(bytes).is_err() {
        return Err(SyntaxError {
            position: 0,
            reason: "not UTF-8",
        });
    }
    let mut scanner = Scanner::new(bytes);
    scanner.skip_value()?;
    scanner.expect_end()
}

/// Calls `member` with the key's and the value's place for each member of the object in `bytes`,
/// in order. Keys are given without quotes and still escaped; values without surrounding space.
///
/// # Errors
/// The first fault of the text, or whatever `member` returns.
pub fn members<E: From<SyntaxError>>(
    bytes: &[u8],
    mut member: impl FnMut(Range<usize>, Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut scanner = Scanner::new(bytes);
    if !scanner.enter_object()? {
        return Ok(scanner.expect_end()?);
    }
    loop {
        let (key, value) = scanner.member()?;
        member(key, value)?;
        if !scanner.next_member()? {
            return Ok(scanner.expect_end()?);
        }
    }
}

/// The places of the elements of the array in `bytes`, or nothing when it is no array.
#[must_use]
pub fn elements(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut scanner = Scanner::new(bytes);
    let mut places = Vec::new();
    if !scanner.next_is(b'[') {
        return None;
    }
    scanner.at += 1;
    if scanner.next_is(b']') {
        return Some(places);
    }
    loop {
        scanner.skip_space();
        let start = scanner.at;
        scanner.skip_value().ok()?;
        places.push(start..scanner.at);
        if scanner.next_is(b']') {
            return Some(places);
        }
        if !scanner.next_is(b',') {
            return None;
        }
        scanner.at += 1;
    }
}

/// A position in JSON text. The text must be UTF-8; the scanner only checks JSON's own rules.
#[derive(Debug)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether the next byte after white space is `byte`.
    pub fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        self.peek() == Some(byte)
    }

    /// Steps into an object; false when it is empty.
    ///
    /// # Errors
    /// There is no object here.
    pub fn enter_object(&mut self) -> Result<bool, SyntaxError> {
        self.skip_space();
        if self.peek() != Some(b'{') {
            return Err(self.fault("expected an object"));
        }
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads one `"key": value`; gives the places of both.
    ///
    /// # Errors
    /// The text is not well-formed.
    #[inline]
    pub fn member(&mut self) -> Result<(Range<usize>, Range<usize>), SyntaxError> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.fault("expected a member name"));
        }
        let key = self.string()?;
        self.colon()?;
        self.skip_space();
        let start = self.at;
        self.skip_value()?;
        Ok((key, start..self.at))
    }

    /// After a member: true when another follows, false when the object is closed.
    ///
    /// # Errors
    /// Neither a comma nor a closing brace.
    pub fn next_member(&mut self) -> Result<bool, SyntaxError> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(b'}') => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.fault("expected `,` or `}`")),
        }
    }

    /// Only white space may follow.
    ///
    /// # Errors
    /// Something else follows.
    pub fn expect_end(&mut self) -> Result<(), SyntaxError> {
        self.skip_space();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.fault("trailing characters"))
        }
    }

    /// Walks over one value of any kind.
    ///
    /// # Errors
    /// The text is not well-formed, or nested deeper than [`NESTING_MAX`].
    pub fn skip_value(&mut self) -> Result<(), SyntaxError> {
        self.skip_space();
        if self.peek() == Some(b'"') {
            return self.string().map(drop);
        }
        let mut nesting = Nesting::default();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'{') => {
                    self.open(&mut nesting, true)?;
                    if self.peek() != Some(b'}') {
                        self.key_and_colon()?;
                        continue;
                    }
                    self.close(&mut nesting);
                }
                Some(b'[') => {
                    self.open(&mut nesting, false)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.close(&mut nesting);
                }
                Some(b't') => self.literal(b"true")?,
                Some(b'f') => self.literal(b"false")?,
                Some(b'n') => self.literal(b"null")?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                _ => return Err(self.fault("expected a value")),
            }
            if self.close_finished(&mut nesting)? {
                return Ok(());
            }
        }
    }

    /// After a value: closes what ends here. True when the outermost value is complete, false when
    /// another element follows.
    fn close_finished(&mut self, nesting: &mut Nesting) -> Result<bool, SyntaxError> {
        loop {
            let Some(in_object) = nesting.top() else {
                return Ok(true);
            };
            self.skip_space();
            match (self.peek(), in_object) {
                (Some(b','), true) => {
                    self.at += 1;
                    self.key_and_colon()?;
                    return Ok(false);
                }
                (Some(b','), false) => {
                    self.at += 1;
                    return Ok(false);
                }
                (Some(b'}'), true) | (Some(b']'), false) => self.close(nesting),
                (_, true) => return Err(self.fault("expected `,` or `}`")),
                (_, false) => return Err(self.fault("expected `,` or `]`")),
            }
        }
    }

    /// Steps over an opening bracket and the space after it.
    fn open(&mut self, nesting: &mut Nesting, object: bool) -> Result<(), SyntaxError> {
        if !nesting.push(object) {
            return Err(self.fault("nested too deeply"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// Steps over a closing bracket.
    fn close(&mut self, nesting: &mut Nesting) {
        self.at += 1;
        nesting.pop();
    }

    fn key_and_colon(&mut self) -> Result<(), SyntaxError> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.fault("expected a member name"));
        }
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Result<(), SyntaxError> {
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.fault("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    /// Walks over a string whose opening quote is here; gives its place without quotes.
    #[inline]
    fn string(&mut self) -> Result<Range<usize>, SyntaxError> {
        let start = self.at + 1;
        // Names and small values end within the next eight bytes.
        if let Some(word) = self.bytes[start..].first_chunk() {
            let stops = string_stops(u64::from_le_bytes(*word));
            let end = start + (stops.trailing_zeros() / 8) as usize;
            if stops != 0 && self.bytes[end] == b'"' {
                self.at = end + 1;
                return Ok(start..end);
            }
        }
        self.at = start;
        self.rest_of_string()?;
        Ok(start..self.at - 1)
    }

    /// Walks to behind the closing quote.
    fn rest_of_string(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = &self.bytes[self.at..];
            let Some(stop) = find_string_stop(rest) else {
                self.at = self.bytes.len();
                return Err(self.fault("unfinished string"));
            };
            self.at += stop;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape()?,
                _ => return Err(self.fault("control character in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6);
                if digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    self.at += 6;
                    Ok(())
                } else {
                    Err(self.fault("broken `\\u` escape"))
                }
            }
            _ => Err(self.fault("unknown escape")),
        }
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), SyntaxError> {
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.fault("expected a value"))
        }
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => {
                self.digits();
            }
            _ => return Err(self.fault("broken number")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.fault("broken number"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.fault("broken number"));
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&self, reason: &'static str) -> SyntaxError {
        SyntaxError {
            position: self.at,
            reason,
        }
    }
}

/// Offset of the first quote, backslash or control character.
pub(crate) fn find_string_stop(bytes: &[u8]) -> Option<usize> {
    // Most strings of an envelope are short: a few words, eight bytes at a time.
    const SHORT: usize = 32;
    let mut at = 0;
    while at < SHORT {
        let Some(word) = bytes[at..].first_chunk() else {
            let tail = bytes[at..].iter().position(|byte| is_string_stop(*byte));
            return tail.map(|offset| at + offset);
        };
        let stops = string_stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return Some(at + (stops.trailing_zeros() / 8) as usize);
        }
        at += size_of::<u64>();
    }
    // Long ones are data: two passes of vector code are faster than one of anything else.
    let rest = &bytes[at..];
    let end = memchr::memchr2(b'"', b'\\', rest);
    let run = &rest[..end.unwrap_or(rest.len())];
    if run.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20 {
        let control = run.iter().position(|byte| *byte < 0x20);
        return control.map(|offset| at + offset);
    }
    end.map(|offset| at + offset)
}

const fn is_string_stop(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// Marks the high bit of each byte of `word` that stops a string. Bits above the lowest one may be
/// wrong, because the subtractions borrow; the lowest one is exact.
const fn string_stops(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & HIGH
}

/// Which containers are open: one bit each, set for objects.
#[derive(Default)]
struct Nesting {
    depth: usize,
    objects: [u64; NESTING_WORDS],
}

impl Nesting {
    /// False when there is no room left.
    fn push(&mut self, object: bool) -> bool {
        if self.depth == NESTING_MAX {
            return false;
        }
        let (word, bit) = (self.depth / 64, 1u64 << (self.depth % 64));
        if object {
            self.objects[word] |= bit;
        } else {
            self.objects[word] &= !bit;
        }
        self.depth += 1;
        true
    }

    fn top(&self) -> Option<bool> {
        let at = self.depth.checked_sub(1)?;
        Some(self.objects[at / 64] & (1 << (at % 64)) != 0)
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }
}

/// The text of an escaped JSON string body (without quotes), or nothing when an escape names no
/// character (a lone surrogate).
#[must_use]
pub fn unescape(body: &str) -> Option<String> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let kind = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        match kind {
            b'"' | b'\\' | b'/' => text.push(char::from(kind)),
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let (character, after) = unicode_escape(rest)?;
                text.push(character);
                rest = after;
            }
            _ => return None,
        }
    }
    text.push_str(rest);
    Some(text)
}

/// Reads the four digits after `\u`, and the second half of a surrogate pair.
fn unicode_escape(rest: &str) -> Option<(char, &str)> {
    let first = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
    let rest = rest.get(4..)?;
    if !(0xd800..0xdc00).contains(&first) {
        return Some((char::from_u32(first)?, rest));
    }
    let second = rest.strip_prefix("\\u")?;
    let low = u32::from_str_radix(second.get(..4)?, 16).ok()?;
    if !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
    Some((char::from_u32(code)?, second.get(4..)?))
}

#[cfg(test)]
mod tests;
