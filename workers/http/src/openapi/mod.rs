//! `/openapi.json`, made from the routes and the schemas of their functions, and a page to read it.
//!
//! The document is kept until routes or functions change. It is served only where no route is, so
//! that it never stands in the way of one.

mod config;
mod document;
mod operation;
mod pages;
mod schemas;
mod security;

pub use config::OpenApi;
pub(crate) use pages::{Page, Pages};
