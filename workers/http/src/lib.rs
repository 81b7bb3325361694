//! HTTP endpoints as triggers.
mod limits;
mod router;
