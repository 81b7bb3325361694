//! Adding numbers as JSON writes them.

/// Which way `by` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

/// The text of `number` plus or minus `by`. Whole numbers are exact as far as 128 bits reach;
/// everything else is a double. `None` when the sum is not finite.
pub(super) fn add(number: &str, by: &str, direction: Direction) -> Option<String> {
    if let (Some(number), Some(by)) = (whole(number), whole(by)) {
        let sum = match direction {
            Direction::Up => number.checked_add(by),
            Direction::Down => number.checked_sub(by),
        };
        if let Some(sum) = sum {
            return Some(sum.to_string());
        }
    }
    let (number, by): (f64, f64) = (number.parse().ok()?, by.parse().ok()?);
    let sum = match direction {
        Direction::Up => number + by,
        Direction::Down => number - by,
    };
    if sum.is_finite() {
        serde_json::to_string(&sum).ok()
    } else {
        None
    }
}

fn whole(number: &str) -> Option<i128> {
    // JSON allows no `+` in front and no leading zeros, so what parses is written canonically.
    number.parse().ok()
}
