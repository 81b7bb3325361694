//! The three codings behind one interface: bytes in, bytes out, flushed on demand.

use super::negotiate::Coding;
use bytes::Bytes;
use std::io::{self, Write};

/// Levels that cost little time for most of the gain.
const GZIP_LEVEL: u32 = 5;
const BROTLI_LEVEL: u32 = 4;
const BROTLI_WINDOW_BITS: u32 = 20;
const BROTLI_BUFFER_BYTES: usize = 4096;
const ZSTD_LEVEL: i32 = 3;

/// A coding in progress.
pub(super) enum Encoder {
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    /// The library refused to begin; what is written comes out as it is.
    Broken,
}

impl Encoder {
    pub(super) fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => {
                let level = flate2::Compression::new(GZIP_LEVEL);
                Self::Gzip(flate2::write::GzEncoder::new(Vec::new(), level))
            }
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER_BYTES,
                BROTLI_LEVEL,
                BROTLI_WINDOW_BITS,
            ))),
            Coding::Zstd => zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)
                .map_or(Self::Broken, Self::Zstd),
        }
    }

    /// All of a body.
    pub(super) fn whole(mut self, bytes: &[u8]) -> Bytes {
        let written = self.write(bytes);
        let mut out = self.take();
        if written.is_ok() {
            out.extend_from_slice(&self.finish());
        }
        Bytes::from(out)
    }

    /// Takes bytes in.
    ///
    /// # Errors
    /// The library failed, for lack of memory above all.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(encoder) => encoder.write_all(bytes),
            Self::Brotli(encoder) => encoder.write_all(bytes),
            Self::Zstd(encoder) => encoder.write_all(bytes),
            Self::Broken => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Makes everything that was taken in readable at the other side.
    ///
    /// # Errors
    /// As for [`Encoder::write`].
    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Gzip(encoder) => encoder.flush(),
            Self::Brotli(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
            Self::Broken => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// What has come out so far.
    pub(super) fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Gzip(encoder) => std::mem::take(encoder.get_mut()),
            Self::Brotli(encoder) => std::mem::take(encoder.get_mut()),
            Self::Zstd(encoder) => std::mem::take(encoder.get_mut()),
            Self::Broken => Vec::new(),
        }
    }

    /// What comes out at the end.
    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Gzip(encoder) => encoder.finish().unwrap_or_default(),
            Self::Brotli(encoder) => encoder.into_inner(),
            Self::Zstd(encoder) => encoder.finish().unwrap_or_default(),
            Self::Broken => Vec::new(),
        }
    }
}
