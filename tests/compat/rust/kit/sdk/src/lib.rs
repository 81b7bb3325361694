//! What iii-kit offers in the place of the published `iii-sdk`, under the name by which the program
//! imports that.
//!
//! **Invariant:** nothing is added: what the program finds here is what others find there.
//!
//! Start reading at `iii_kit::published`.

pub use iii_kit::published::*;
