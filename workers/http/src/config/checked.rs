//! Settings that are right only together, checked as they are read.

use serde::{Deserialize, Deserializer, de::Error};

/// Finds mistakes that the type of a setting cannot.
pub(crate) trait Check {
    /// # Errors
    /// What is wrong, and what to write instead.
    fn check(&self) -> Result<(), String>;
}

impl<T: Check> Check for Option<T> {
    fn check(&self) -> Result<(), String> {
        self.as_ref().map_or(Ok(()), T::check)
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self) -> Result<(), String> {
        self.iter().try_for_each(T::check)
    }
}

/// Reads a setting and checks it.
pub(crate) fn checked<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Check,
{
    let read = T::deserialize(deserializer)?;
    read.check().map_err(D::Error::custom)?;
    Ok(read)
}

/// A setting that a test expects to be right.
#[cfg(test)]
pub(crate) fn checked_for_tests<T>(value: serde_json::Value) -> T
where
    T: for<'de> Deserialize<'de> + Check,
{
    checked(value).unwrap()
}
