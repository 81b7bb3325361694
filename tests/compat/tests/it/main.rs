//! The published clients against the engine, and our own packages in their place.

mod clients;
mod durable;
mod programs;
mod run;
