//! What functions behind `http` triggers receive and return, as types.
//!
//! A function may as well read the plain JSON; these types save it the names. [`Request`] is what
//! it is called with, [`Response`] what it may return, and [`ResponseStream`] and [`EventStream`]
//! are answers that are written while the function runs.
//!
//! ```
//! use iii_kit::http::{Request, Response};
//! use iii_kit::{Context, HandlerError, RegisterFunction};
//!
//! let greet = RegisterFunction::new(|request: Request, _: Context| async move {
//!     let name = request.query("name").unwrap_or("world");
//!     Ok::<_, HandlerError>(Response::text(format!("hello {name}")).header("x-seen", "1"))
//! });
//! ```

mod events;
mod request;
mod response;
mod stream;

pub use events::{Event, EventStream};
pub use request::{File, Request, Requester, Url};
pub use response::{HeaderValues, Response};
pub use stream::ResponseStream;
