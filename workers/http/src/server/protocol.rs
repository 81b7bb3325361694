//! HTTP/1.1 and HTTP/2 with every limit set.

use super::activity::Activity;
use crate::Config;
use crate::limits::{
    HTTP2_CONNECTION_WINDOW_BYTES, HTTP2_FRAME_BYTES_MAX, HTTP2_PING_INTERVAL, HTTP2_PING_TIMEOUT,
    HTTP2_RESETS_OWN_MAX, HTTP2_RESETS_PENDING_MAX, HTTP2_SEND_BUFFER_BYTES,
    HTTP2_STREAM_WINDOW_BYTES, HTTP2_STREAMS_MAX,
};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioTimer;

pub(super) fn http1(config: &Config) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout())
        .max_header_size(config.header_bytes_max)
        // True would let streamed bodies pile up without bound.
        .pipeline_flush(false)
        // A client that has closed its side is gone, and so is its call.
        .half_close(false);
    builder
}

pub(super) fn http2(config: &Config, activity: Activity) -> http2::Builder<Activity> {
    let header_bytes_max = u32::try_from(config.header_bytes_max).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(activity);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX)
        .max_header_list_size(header_bytes_max)
        .initial_stream_window_size(HTTP2_STREAM_WINDOW_BYTES)
        .initial_connection_window_size(HTTP2_CONNECTION_WINDOW_BYTES)
        .max_frame_size(HTTP2_FRAME_BYTES_MAX)
        .max_send_buf_size(HTTP2_SEND_BUFFER_BYTES)
        .max_pending_accept_reset_streams(HTTP2_RESETS_PENDING_MAX)
        .max_local_error_reset_streams(HTTP2_RESETS_OWN_MAX)
        .keep_alive_interval(HTTP2_PING_INTERVAL)
        .keep_alive_timeout(HTTP2_PING_TIMEOUT);
    builder
}
