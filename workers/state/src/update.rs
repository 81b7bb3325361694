//! The operations of `state::update` on one JSON value.
//!
//! Values stay text: an operation opens only the objects and arrays on its path and splices the
//! rest through, so key order and number text survive.

mod apply;
mod document;
mod fault;
mod number;
mod op;
mod path;
#[cfg(test)]
mod tests;

pub(crate) use document::Document;
pub(crate) use fault::OpError;
pub(crate) use op::{Op, RawOp};

/// What a list of operations made of a value.
pub(crate) struct Applied {
    /// The new text; `None` when nothing changed.
    pub(crate) changed: Option<Vec<u8>>,
    /// The operations that were skipped.
    pub(crate) errors: Vec<OpError>,
}

/// Applies operations in order; one that fails is skipped and reported.
pub(crate) fn apply_all(current: Option<&str>, ops: &[Op<'_>]) -> Applied {
    let mut document = Document::new(current);
    let (mut changed, mut errors) = (false, Vec::new());
    for (op_index, op) in ops.iter().enumerate() {
        match apply::apply(&mut document, op) {
            Ok(did) => changed |= did,
            Err(fault) => errors.push(OpError::new(op_index, op.name(), fault)),
        }
    }
    Applied {
        changed: changed.then(|| document.into_text()),
        errors,
    }
}
