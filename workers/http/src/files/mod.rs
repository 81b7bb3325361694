//! Static files: folders of the configuration behind prefixes of paths.
//!
//! Functions come first; a file is looked for where no route serves a request. Nothing outside of
//! the folder is ever opened, whatever a path or a link says.

mod kinds;
mod range;
mod resolve;
mod serve;

pub(crate) use serve::Files;
