//! The environment variables of the simulation, for long runs. The only file that reads them.

/// How many seeds to play.
pub(super) const SEEDS: &str = "III_SIM_SEEDS";
/// How many steps each seed takes.
pub(super) const STEPS: &str = "III_SIM_STEPS";
/// The first seed.
pub(super) const FIRST: &str = "III_SIM_FIRST";

/// The value of one of them, if it is set to a number.
#[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
pub(super) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.trim().parse().ok()
}
