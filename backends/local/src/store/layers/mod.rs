//! Tables of plain bytes in layers: overlays in memory above a file, read as one.
//!
//! This is the seam between what the ports mean and where it is kept: above it are keys and values
//! of numbered tables, below it is the rest.
//!
//! **Invariant:** a layer that anybody reads never changes. The writer makes the next moment from
//! the present one ([`Draft`]), and readers get it as a whole ([`View`]).

mod base;
mod changes;
mod copy;
mod draft;
mod merge;
mod overlay;
mod table;
mod value;
mod view;

pub(crate) use base::{Base, apply, make_tables, put};
pub(crate) use changes::Changes;
pub(crate) use copy::{Copied, copy};
pub(crate) use draft::Draft;
pub(crate) use overlay::{Overlay, Slot};
pub(crate) use table::Table;
pub(crate) use value::Found;
pub(crate) use view::View;

use super::Failure;
