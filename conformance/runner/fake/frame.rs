//! Frames of RFC 6455, the server's side.

use anyhow::{Result, bail, ensure};
use std::io::Read;

/// No script sends or receives more.
const PAYLOAD_BYTES_MAX: u64 = 1 << 20;

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A message, or what controls the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
}

impl Frame {
    /// As the server sends it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let code;
        let (opcode, payload): (u8, &[u8]) = match self {
            Self::Text(text) => (TEXT, text),
            Self::Binary(bytes) => (BINARY, bytes),
            Self::Ping(bytes) => (PING, bytes),
            Self::Pong(bytes) => (PONG, bytes),
            Self::Close(None) => (CLOSE, &[]),
            Self::Close(Some(value)) => {
                code = value.to_be_bytes();
                (CLOSE, &code)
            }
        };
        let mut bytes = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..126 => bytes.push(length as u8),
            length @ 126..65536 => {
                bytes.push(126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    /// The next message, its fragments put together.
    pub(crate) fn read(from: &mut impl Read) -> Result<Self> {
        let (mut message, mut kind) = (Vec::new(), 0);
        loop {
            let mut head = [0; 2];
            from.read_exact(&mut head)?;
            let (finished, opcode) = (head[0] & 0x80 != 0, head[0] & 0x0f);
            let payload = payload(from, head[1])?;
            match opcode {
                PING => return Ok(Self::Ping(payload)),
                PONG => return Ok(Self::Pong(payload)),
                CLOSE => {
                    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    return Ok(Self::Close(code));
                }
                0 => {}
                TEXT | BINARY => kind = opcode,
                other => bail!("opcode {other}"),
            }
            message.extend(payload);
            if finished {
                return Ok(match kind {
                    TEXT => Self::Text(message),
                    _ => Self::Binary(message),
                });
            }
        }
    }
}

fn payload(from: &mut impl Read, short: u8) -> Result<Vec<u8>> {
    ensure!(short & 0x80 != 0, "a client masks what it sends");
    let length = match short & 0x7f {
        126 => {
            let mut length = [0; 2];
            from.read_exact(&mut length)?;
            u64::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            from.read_exact(&mut length)?;
            u64::from_be_bytes(length)
        }
        length => u64::from(length),
    };
    ensure!(length <= PAYLOAD_BYTES_MAX, "a frame of {length} bytes");
    let mut mask = [0; 4];
    from.read_exact(&mut mask)?;
    let mut payload = vec![0; usize::try_from(length)?];
    from.read_exact(&mut payload)?;
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Ok(payload)
}
