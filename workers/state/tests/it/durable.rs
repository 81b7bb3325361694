//! Functions that hear of every change, whoever dies in between.

mod crew;
mod keeping;
mod limits;
mod order;
