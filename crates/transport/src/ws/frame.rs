//! The frame header of RFC 6455, section 5.2.

/// Longest frame header: two bytes, a 64-bit length, a mask key.
pub const HEADER_BYTES_MAX: usize = 14;

/// Longest payload of a control frame.
pub(super) const CONTROL_BYTES_MAX: usize = 125;

/// Which side of a connection we are: clients mask what they send, servers do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// We accepted the connection.
    Server,
    /// We dialled.
    Client,
}

/// The kinds of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// A further fragment of the message that is under way.
    Continuation,
    /// A text message, or its first fragment.
    Text,
    /// A binary message, or its first fragment.
    Binary,
    /// The end of the connection.
    Close,
    /// Asks for a pong.
    Ping,
    /// Answers a ping.
    Pong,
}

/// The peer broke the framing rules; the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Violation {
    /// Close code that tells the peer.
    pub code: u16,
    /// For the log.
    pub reason: &'static str,
}

impl Violation {
    pub(super) const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }

    pub(super) const fn not_utf8(reason: &'static str) -> Self {
        Self { code: 1007, reason }
    }

    pub(super) const fn too_large(reason: &'static str) -> Self {
        Self { code: 1009, reason }
    }
}

/// A frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Whether this frame ends its message.
    pub fin: bool,
    /// The kind of frame.
    pub opcode: Opcode,
    /// The mask key, on frames of clients.
    pub mask: Option<[u8; 4]>,
    /// Length of the payload that follows, in bytes.
    pub payload_bytes: u64,
}

impl Opcode {
    const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(super) const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    /// Control frames may stand between the fragments of a message.
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl Header {
    /// Reads a header at the start of `bytes`; `role` is our own. Gives the header and its length,
    /// or `None` when more bytes are needed.
    ///
    /// # Errors
    /// The header breaks a rule.
    #[inline]
    pub fn parse(bytes: &[u8], role: Role) -> Result<Option<(Self, usize)>, Violation> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err(Violation::protocol("a reserved bit is set"));
        }
        let fin = first & 0x80 != 0;
        let opcode = Opcode::from_bits(first & 0x0f)
            .ok_or(const { Violation::protocol("the opcode is unknown") })?;
        let masked = second & 0x80 != 0;
        if masked != (role == Role::Server) {
            return Err(Violation::protocol(if masked {
                "a frame of a server is masked"
            } else {
                "a frame of a client is not masked"
            }));
        }
        let (payload_bytes, rest) = match second & 0x7f {
            0x7e => match rest.split_first_chunk::<2>() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            0x7f => match rest.split_first_chunk::<8>() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            short => (u64::from(short), rest),
        };
        if payload_bytes >> 63 != 0 {
            return Err(Violation::protocol("the length has its highest bit set"));
        }
        if opcode.is_control() && (!fin || payload_bytes > CONTROL_BYTES_MAX as u64) {
            return Err(Violation::protocol("a control frame is long or fragmented"));
        }
        let (mask, rest) = match (masked, rest.split_first_chunk::<4>()) {
            (false, _) => (None, rest),
            (true, Some((key, rest))) => (Some(*key), rest),
            (true, None) => return Ok(None),
        };
        let header = Self {
            fin,
            opcode,
            mask,
            payload_bytes,
        };
        Ok(Some((header, bytes.len() - rest.len())))
    }

    /// Length of this header in bytes.
    #[must_use]
    pub const fn encoded_bytes(&self) -> usize {
        let length = match self.payload_bytes {
            0..=125 => 0,
            126..=0xffff => 2,
            _ => 8,
        };
        2 + length + if self.mask.is_some() { 4 } else { 0 }
    }

    /// Writes the header and gives its length.
    #[inline]
    pub fn write(&self, into: &mut [u8; HEADER_BYTES_MAX]) -> usize {
        into[0] = self.opcode.bits() | if self.fin { 0x80 } else { 0 };
        let masked = if self.mask.is_some() { 0x80 } else { 0 };
        let mut length = 2;
        match self.payload_bytes {
            short @ 0..=125 => into[1] = masked | short as u8,
            middle @ 126..=0xffff => {
                into[1] = masked | 0x7e;
                into[2..4].copy_from_slice(&(middle as u16).to_be_bytes());
                length = 4;
            }
            long => {
                into[1] = masked | 0x7f;
                into[2..10].copy_from_slice(&long.to_be_bytes());
                length = 10;
            }
        }
        if let Some(key) = self.mask {
            into[length..length + 4].copy_from_slice(&key);
            length += 4;
        }
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(bytes: &[u8], role: Role) -> &'static str {
        let violation = Header::parse(bytes, role).unwrap_err();
        assert_eq!(violation.code, 1002);
        violation.reason
    }

    #[test]
    fn headers_round_trip_at_every_length_boundary() {
        for payload_bytes in [0, 1, 125, 126, 127, 65_535, 65_536, (1 << 63) - 1] {
            for (role, mask) in [(Role::Client, None), (Role::Server, Some([1, 2, 3, 4]))] {
                let header = Header {
                    fin: payload_bytes % 2 == 0,
                    opcode: Opcode::Binary,
                    mask,
                    payload_bytes,
                };
                let mut bytes = [0; HEADER_BYTES_MAX];
                let length = header.write(&mut bytes);
                assert_eq!(length, header.encoded_bytes());
                for shorter in 0..length {
                    assert_eq!(Header::parse(&bytes[..shorter], role), Ok(None));
                }
                assert_eq!(
                    Header::parse(&bytes[..length], role),
                    Ok(Some((header, length)))
                );
            }
        }
    }

    #[test]
    fn broken_headers_are_refused() {
        assert_eq!(reason(&[0xc1, 0x80], Role::Server), "a reserved bit is set");
        assert_eq!(reason(&[0x83, 0x80], Role::Server), "the opcode is unknown");
        assert_eq!(
            reason(&[0x81, 0x01], Role::Server),
            "a frame of a client is not masked"
        );
        assert_eq!(
            reason(&[0x81, 0x81], Role::Client),
            "a frame of a server is masked"
        );
        assert_eq!(
            reason(&[0x09, 0x80], Role::Server),
            "a control frame is long or fragmented"
        );
        assert_eq!(
            reason(&[0x89, 0xfe, 0, 126], Role::Server),
            "a control frame is long or fragmented"
        );
        assert_eq!(
            reason(&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], Role::Server),
            "the length has its highest bit set"
        );
    }
}
