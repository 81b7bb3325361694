//! Takes a request's body in, as its content type says.

use super::refusal::Refusal;
use super::upload::Bounds;
use crate::request::{
    self, BufferBudget, Buffered, Form, Kind, MediaRange, Pace, announced, check_json, kind,
};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use hyper::body::{Body, Incoming};
use std::sync::Arc;
use std::time::Duration;

/// What became of a body.
pub(crate) struct Intake {
    /// All of it, unless it is raw.
    pub(crate) buffered: Buffered,
    /// One well-formed JSON value; empty for none.
    pub(crate) json: Bytes,
    pub(crate) form: Option<Form>,
    /// Whether it still has to be read, and only the function knows how.
    pub(crate) is_raw: bool,
    /// Whether it is raw and has been read all the same.
    pub(crate) is_whole: bool,
}

/// What holds for one body.
pub(crate) struct Terms<'a> {
    pub(crate) accepts: Option<&'a [MediaRange]>,
    pub(crate) bounds: Bounds,
    /// How long all of it may take if it is kept in memory.
    pub(crate) time_max: Duration,
    /// Whether it is kept in memory whatever it is.
    pub(crate) whole: bool,
    pub(crate) budget: &'a Arc<BufferBudget>,
}

/// Reads a body that is kept in memory; leaves any other where it is.
pub(crate) async fn take(
    headers: &HeaderMap,
    body: &mut Incoming,
    terms: &Terms<'_>,
) -> Result<Intake, Refusal> {
    if body.is_end_stream() {
        return Ok(Intake::of(Buffered::empty()));
    }
    if let Some(accepts) = terms.accepts
        && !accepts.iter().any(|range| range.covers(headers))
    {
        return Err(Refusal::unsupported(accepts));
    }
    let kind = kind(headers);
    if kind == Kind::Raw && !terms.whole {
        announced(body, terms.bounds.bytes_max)?;
        let mut intake = Intake::of(Buffered::empty());
        intake.is_raw = true;
        return Ok(intake);
    }
    let Bounds { bytes_max, idle } = terms.bounds;
    let pace = Pace {
        idle,
        total: terms.time_max,
    };
    let mut intake = Intake::of(request::read(body, bytes_max, pace, terms.budget).await?);
    let bytes = &intake.buffered.bytes;
    match kind {
        Kind::Json => intake.json = check_json(bytes).map_err(Refusal::InvalidJson)?,
        Kind::Form => {
            let form = request::url_encoded(bytes).map_err(Refusal::InvalidForm)?;
            intake.form = Some(form);
        }
        Kind::Multipart => {
            let value = headers.get(CONTENT_TYPE);
            let value = value.and_then(|value| value.to_str().ok());
            // Boxed, so that requests without a form need not carry the room for it.
            let form = Box::pin(request::multipart(value.unwrap_or_default(), bytes)).await;
            intake.form = Some(form.map_err(Refusal::InvalidForm)?);
        }
        Kind::Raw => intake.is_whole = true,
    }
    Ok(intake)
}

impl Intake {
    /// Of a request that has no body.
    pub(crate) fn none() -> Self {
        Self::of(Buffered::empty())
    }

    fn of(buffered: Buffered) -> Self {
        Self {
            buffered,
            json: Bytes::new(),
            form: None,
            is_raw: false,
            is_whole: false,
        }
    }
}
