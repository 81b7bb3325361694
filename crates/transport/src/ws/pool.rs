//! Buffers of the thread, lent to the connection that is at work.

use bytes::BytesMut;
use std::cell::{Cell, RefCell};

/// Size of the chunk that sockets are read into.
const CHUNK_BYTES: usize = 256 * 1024;

/// A chunk with less room than this is replaced by a new one.
const CHUNK_ROOM_MIN: usize = 64 * 1024;

/// Most write buffers kept per thread.
const BUFFERS_MAX: usize = 8;

/// Write buffers are kept between these capacities: smaller ones are not worth it, larger ones
/// would hold memory for no one.
const BUFFER_BYTES_MIN: usize = 1024;
const BUFFER_BYTES_MAX: usize = 256 * 1024;

thread_local! {
    static CHUNK: Cell<BytesMut> = Cell::new(BytesMut::new());
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with the thread's empty read chunk. Frames cut out of the chunk keep its memory
/// alive; it is used again once they are gone, or replaced when it is used up.
pub(super) fn with_chunk<R>(work: impl FnOnce(&mut BytesMut) -> R) -> R {
    let mut chunk = CHUNK.take();
    if !chunk.try_reclaim(CHUNK_BYTES) && chunk.capacity() < CHUNK_ROOM_MIN {
        chunk = BytesMut::with_capacity(CHUNK_BYTES);
    }
    let result = work(&mut chunk);
    chunk.clear();
    CHUNK.set(chunk);
    result
}

/// An empty write buffer.
pub(super) fn take() -> Vec<u8> {
    BUFFERS
        .with_borrow_mut(Vec::pop)
        .unwrap_or_else(|| Vec::with_capacity(BUFFER_BYTES_MIN))
}

/// Gives a write buffer back once it is written.
pub(super) fn give_back(mut buffer: Vec<u8>) {
    if !(BUFFER_BYTES_MIN..=BUFFER_BYTES_MAX).contains(&buffer.capacity()) {
        return;
    }
    BUFFERS.with_borrow_mut(|buffers| {
        if buffers.len() < BUFFERS_MAX {
            buffer.clear();
            buffers.push(buffer);
        }
    });
}
