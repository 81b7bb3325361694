//! WebSocket frames, by hand.

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// Appends the header of one whole frame. A masked one has the mask 0, which changes nothing.
pub(crate) fn header(out: &mut Vec<u8>, op: u8, len: usize, masked: bool) {
    out.push(0x80 | op);
    let mask = if masked { 0x80 } else { 0 };
    if len < 126 {
        out.push(mask | len as u8);
    } else if len < 65536 {
        out.push(mask + 126);
        out.extend_from_slice(&(len as u16).to_be_bytes());
    } else {
        out.push(mask + 127);
        out.extend_from_slice(&(len as u64).to_be_bytes());
    }
    if masked {
        out.extend_from_slice(&[0; 4]);
    }
}

/// Appends one masked text frame made of `parts`.
pub(crate) fn push_text(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let len = parts.iter().map(|part| part.len()).sum();
    header(out, TEXT, len, true);
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// The whole frame at the front of `bytes`: opcode, header length, payload length.
pub(crate) fn peek(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (op, header, len) = head(bytes)?;
    let len = usize::try_from(len).ok()?;
    (bytes.len() >= header + len).then_some((op, header, len))
}

/// The whole header at the front of `bytes`: opcode, its length, payload length.
pub(crate) fn head(bytes: &[u8]) -> Option<(u8, usize, u64)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (mut header, len) = match second & 0x7f {
        126 => {
            let len = bytes.get(2..4)?.try_into().ok()?;
            (4, u64::from(u16::from_be_bytes(len)))
        }
        127 => {
            let len = bytes.get(2..10)?.try_into().ok()?;
            (10, u64::from_be_bytes(len))
        }
        short => (2, u64::from(short)),
    };
    if second & 0x80 != 0 {
        header += 4;
    }
    (bytes.len() >= header).then_some((first & 0x0f, header, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_at_every_length_form() {
        for len in [0, 125, 126, 65535, 65536] {
            for masked in [false, true] {
                let mut frame = Vec::new();
                header(&mut frame, TEXT, len, masked);
                let header = frame.len();
                frame.resize(header + len, b'x');
                assert_eq!(peek(&frame), Some((TEXT, header, len)));
                assert_eq!(peek(&frame[..frame.len() - 1]), None, "cut short");
            }
        }
    }
}
