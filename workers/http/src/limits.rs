//! Every limit of this worker that is not a configuration key.

use std::time::Duration;

/// Longest `api_path`, in bytes.
pub(crate) const PATTERN_BYTES_MAX: usize = 1024;
/// Most segments of an `api_path`; it bounds the recursion of a lookup.
pub(crate) const PATTERN_SEGMENTS_MAX: usize = 64;
/// Most routes of one worker.
pub(crate) const ROUTES_MAX: usize = 100_000;
/// Most trigger registrations that share one route (replicas of one function).
pub(crate) const BINDINGS_PER_ROUTE_MAX: usize = 1024;
/// Most name-value pairs of a query string.
pub(crate) const QUERY_PAIRS_MAX: usize = 1024;
/// Most bytes of a refused request body that are read and dropped, so that the client sees why.
pub(crate) const DISCARD_BYTES_MAX: usize = 64 << 20;
/// Longest time for which a refused request body is read and dropped.
pub(crate) const DISCARD_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a call may run before the ends of its channels are attached. Functions that answer
/// faster cost no channel; functions that stream while they run lose this much on the first byte.
pub(crate) const CHANNELS_ATTACH_AFTER: Duration = Duration::from_millis(10);
/// Most response headers of one function result or one channel message.
pub(crate) const RESPONSE_HEADERS_MAX: usize = 256;
/// Deepest nesting of arrays and objects in a JSON body. The protocol allows 512 in a whole
/// message, of which the request object around the body takes a few.
pub(crate) const BODY_NESTING_MAX: usize = 500;
/// Longest request id that is taken over from a client, in bytes.
pub(crate) const REQUEST_ID_BYTES_MAX: usize = 128;
/// Most cookies of one request that its function sees by name.
pub(crate) const COOKIES_MAX: usize = 256;
/// Most fields of a form that are no files.
pub(crate) const FORM_FIELDS_MAX: usize = QUERY_PAIRS_MAX;
/// Most files of a form; each gets a channel.
pub(crate) const FORM_FILES_MAX: usize = 64;
/// Most middleware functions that the worker, and each route, may name for one phase.
pub(crate) const MIDDLEWARE_MAX: usize = 16;
/// Largest context that the middleware of one request may hand on, in bytes of JSON.
pub(crate) const MIDDLEWARE_CONTEXT_BYTES_MAX: usize = 64 << 10;
/// Largest response body that middleware gets to see, in bytes; of a larger one it sees the head.
pub(crate) const MIDDLEWARE_BODY_BYTES_MAX: usize = 1 << 20;
/// Most headers of a request or response after middleware changed them.
pub(crate) const MIDDLEWARE_HEADERS_MAX: usize = 256;
/// Most functions whose description is kept.
pub(crate) const FUNCTIONS_KNOWN_MAX: usize = 10_000;
/// How long the engine may take to describe functions.
pub(crate) const DESCRIBE_TIME_MAX: Duration = Duration::from_secs(10);
/// Most schema violations that one answer lists.
pub(crate) const VIOLATIONS_MAX: usize = 32;
/// Most entries of the access log that wait to be written; further ones are counted and dropped.
pub(crate) const ACCESS_LOG_QUEUE_MAX: usize = 8192;
/// Most bytes of a file that are read at once.
pub(crate) const FILE_CHUNK_BYTES: usize = 64 << 10;
/// Largest message of a WebSocket client.
pub(crate) const WEBSOCKET_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Bytes that each WebSocket reserves to read into.
pub(crate) const WEBSOCKET_READ_BUFFER_BYTES: usize = 8 << 10;
/// How long a WebSocket client may be silent; it is asked to answer in the middle of that.
pub(crate) const WEBSOCKET_IDLE_TIME: Duration = Duration::from_secs(60);
/// How long a WebSocket client may take to read the farewell.
pub(crate) const WEBSOCKET_FAREWELL_TIME: Duration = Duration::from_secs(5);
/// How long a WebSocket may last whose route has no `timeout_ms`.
pub(crate) const WEBSOCKET_CALL_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Most requests that one HTTP/2 connection may have in progress.
pub(crate) const HTTP2_STREAMS_MAX: u32 = 256;
/// Bytes of a request body that an HTTP/2 client may send ahead of what is read.
pub(crate) const HTTP2_STREAM_WINDOW_BYTES: u32 = 256 << 10;
/// The same for all requests of a connection together.
pub(crate) const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 2 << 20;
/// Largest HTTP/2 frame that is taken.
pub(crate) const HTTP2_FRAME_BYTES_MAX: u32 = 16 << 10;
/// Bytes of an answer that wait for an HTTP/2 client to take them.
pub(crate) const HTTP2_SEND_BUFFER_BYTES: usize = 128 << 10;
/// Largest part of an answer that is handed to an HTTP/2 connection at once.
pub(crate) const HTTP2_PART_BYTES: usize = 32 << 10;
/// Requests that an HTTP/2 client may give up before they are even looked at; one more ends the
/// connection. Who sends and resets in a loop costs nothing else.
pub(crate) const HTTP2_RESETS_PENDING_MAX: usize = 20;
/// Requests of one HTTP/2 connection that may break the protocol before that ends it.
pub(crate) const HTTP2_RESETS_OWN_MAX: usize = 256;
/// How often an HTTP/2 client is asked whether it is there.
pub(crate) const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long an HTTP/2 client may take to answer that.
pub(crate) const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to read why it is not served, or that its connection ends.
pub(crate) const FAREWELL_TIME: Duration = Duration::from_secs(1);
/// Most bytes that are read and dropped meanwhile.
pub(crate) const FAREWELL_BYTES_MAX: usize = 64 << 10;
/// How long it takes until a beginning that could be HTTP/1.1 or HTTP/2 is looked at again.
pub(crate) const PEEK_AGAIN_AFTER: Duration = Duration::from_millis(5);
