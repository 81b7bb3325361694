//! What iii-kit offers in the place of the published `iii-sdk`.

pub use iii_kit::published::*;
