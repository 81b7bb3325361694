//! Reading request bodies within limits.

use crate::limits::{DISCARD_BYTES_MAX, DISCARD_TIME_MAX};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// `body_bytes_max`.
        limit: usize,
    },
    #[error("too many request bodies are being read")]
    Overloaded,
    #[error("the body did not arrive in time")]
    Slow,
    #[error("the body could not be read: {0}")]
    Broken(#[from] hyper::Error),
}

/// How slowly a client may send.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// The longest pause.
    pub(crate) idle: Duration,
    /// The longest time for all of it.
    pub(crate) total: Duration,
}

/// How many bytes of bodies may be in memory at the same time.
pub(crate) struct BufferBudget {
    used: AtomicUsize,
    limit: usize,
}

/// A whole body, counted against the budget until it is dropped.
pub(crate) struct Buffered {
    pub(crate) bytes: Bytes,
    _share: Option<Share>,
}

struct Share {
    budget: Arc<BufferBudget>,
    bytes: usize,
}

impl Buffered {
    /// No body.
    pub(crate) fn empty() -> Self {
        Self {
            bytes: Bytes::new(),
            _share: None,
        }
    }
}

impl BufferBudget {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let used = AtomicUsize::new(0);
        Arc::new(Self { used, limit })
    }
}

impl Share {
    fn empty(budget: &Arc<BufferBudget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            bytes: 0,
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), BodyError> {
        let before = self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before.saturating_add(bytes) > self.budget.limit {
            return Err(BodyError::Overloaded);
        }
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Reads a body to its end.
pub(crate) async fn read(
    body: &mut Incoming,
    limit: usize,
    pace: Pace,
    budget: &Arc<BufferBudget>,
) -> Result<Buffered, BodyError> {
    let announced = announced(body, limit)?;
    let end = Instant::now() + pace.total;
    let mut share = Share::empty(budget);
    let mut whole = Collected::Nothing;
    loop {
        // One timer for both limits: most bodies are there at once, and every timer costs.
        let left = end.saturating_duration_since(Instant::now());
        let Some(frame) = next_frame(body, pace.idle.min(left)).await? else {
            break;
        };
        let Ok(data) = frame.into_data() else {
            // Trailers carry nothing a function sees.
            continue;
        };
        if whole.len() + data.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        share.grow(data.len())?;
        whole.push(data, announced);
    }
    Ok(Buffered {
        bytes: whole.into_bytes(),
        _share: Some(share),
    })
}

/// How many bytes a body is going to have at least.
///
/// # Errors
/// They are too many.
pub(crate) fn announced(body: &Incoming, limit: usize) -> Result<usize, BodyError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(BodyError::TooLarge { limit });
    }
    Ok(announced)
}

/// The next part of a body, unless the client pauses for too long.
pub(crate) async fn next_frame(
    body: &mut Incoming,
    idle: Duration,
) -> Result<Option<Frame<Bytes>>, BodyError> {
    match tokio::time::timeout(idle, body.frame()).await {
        Ok(frame) => Ok(frame.transpose()?),
        Err(_) => Err(BodyError::Slow),
    }
}

/// Frames put together; one frame, the common case, is not copied.
enum Collected {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Collected {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, data: Bytes, announced: usize) {
        match self {
            Self::Nothing => *self = Self::One(data),
            Self::One(first) => {
                let mut many = BytesMut::with_capacity(announced.max(first.len() + data.len()));
                many.extend_from_slice(first);
                many.extend_from_slice(&data);
                *self = Self::Many(many);
            }
            Self::Many(many) => many.extend_from_slice(&data),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}

/// Reads and drops what a client still sends after its request was refused. Without this the
/// connection would be reset under a client that is writing, and the refusal would not be seen.
pub(crate) async fn discard(mut body: Incoming) {
    let reading = async {
        let mut left = DISCARD_BYTES_MAX;
        while let Some(Ok(frame)) = body.frame().await {
            let size = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(size) {
                Some(still) => left = still,
                None => return,
            }
        }
    };
    // Past the limits the body is dropped, which closes the connection.
    let _ = tokio::time::timeout(DISCARD_TIME_MAX, reading).await;
}
