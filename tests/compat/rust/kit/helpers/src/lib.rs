//! What iii-kit offers in the place of the published `iii-helpers`.

pub use iii_kit::published::iii_helpers::*;
