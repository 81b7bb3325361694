//! A minimal client: frames made in advance, answers counted by their bytes.

use anyhow::{Result, bail, ensure};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A connection that is open and has echoed nothing yet.
pub struct Client {
    socket: TcpStream,
    frame: Vec<u8>,
    answer_bytes: usize,
}

impl Client {
    pub async fn open(address: SocketAddr, payload_bytes: usize) -> Result<Self> {
        let mut socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        socket.write_all(REQUEST.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await?);
        }
        ensure!(head.starts_with(b"HTTP/1.1 101"), "no upgrade");
        let (frame, answer_bytes) = frame(payload_bytes);
        Ok(Self {
            socket,
            frame,
            answer_bytes,
        })
    }

    /// Sends one frame and takes its echo.
    pub async fn echo(&mut self) -> Result<()> {
        self.socket.write_all(&self.frame).await?;
        let mut answer = vec![0; self.answer_bytes];
        self.socket.read_exact(&mut answer).await?;
        ensure!(answer[0] == 0x82, "not one whole binary frame");
        ensure!(answer[answer.len() - 1] == payload_byte(self.payload_bytes() - 1));
        Ok(())
    }

    fn payload_bytes(&self) -> usize {
        self.answer_bytes - if self.answer_bytes < 128 { 2 } else { 4 }
    }

    /// Keeps `window` frames in flight for a while; gives frames a second.
    pub async fn pipeline(&mut self, window: usize, duration: Duration) -> Result<f64> {
        let frames = self.frame.repeat(window);
        let mut buffer = vec![0; 256 * 1024];
        let mut credit = frames.len();
        let mut position = 0;
        let (mut received, mut answered) = (0_u64, 0_u64);
        let start = Instant::now();
        while start.elapsed() < duration {
            let interest = if credit > 0 {
                Interest::READABLE | Interest::WRITABLE
            } else {
                Interest::READABLE
            };
            let ready = self.socket.ready(interest).await?;
            if ready.is_readable() {
                match self.socket.try_read(&mut buffer) {
                    Ok(0) => bail!("the server left"),
                    Ok(read) => received += read as u64,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
                let complete = received / self.answer_bytes as u64;
                credit += (complete - answered) as usize * self.frame.len();
                answered = complete;
            }
            while credit > 0 {
                let end = (position + credit).min(frames.len());
                match self.socket.try_write(&frames[position..end]) {
                    Ok(written) => {
                        credit -= written;
                        position = (position + written) % frames.len();
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(answered as f64 / start.elapsed().as_secs_f64())
    }
}

fn payload_byte(at: usize) -> u8 {
    (at * 31) as u8
}

/// A masked binary frame and the length of its echo.
fn frame(payload_bytes: usize) -> (Vec<u8>, usize) {
    const KEY: [u8; 4] = [0x12, 0x9a, 0x5c, 0xe7];
    let (mut frame, header_bytes) = match payload_bytes {
        short @ 0..=125 => (vec![0x82, 0x80 | short as u8], 2),
        middle => {
            let [high, low] = (middle as u16).to_be_bytes();
            (vec![0x82, 0xfe, high, low], 4)
        }
    };
    frame.extend_from_slice(&KEY);
    frame.extend((0..payload_bytes).map(|at| payload_byte(at) ^ KEY[at % 4]));
    (frame, header_bytes + payload_bytes)
}
