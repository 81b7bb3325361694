//! What sessions hand to each other, one file each.

mod cancel;
mod complete;
mod deliver;

pub(super) use cancel::cancel;
pub(super) use complete::complete;
pub(super) use deliver::deliver;
