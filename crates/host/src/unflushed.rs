//! Losing what was not flushed, for tests of crashes.

use crate::config::Environment;
use crate::env::UNFLUSHED;
use iii_backend_local::Unflushed;
use iii_kit::StartError;

/// What the environment asks for: `held` keeps writes in the process until they are flushed.
///
/// # Errors
/// The variable says something else: a test that loses nothing would prove nothing.
pub(crate) fn from_environment(environment: &dyn Environment) -> Result<Unflushed, StartError> {
    match environment.get(UNFLUSHED).as_deref() {
        None => Ok(Unflushed::System),
        Some("held") => Ok(Unflushed::Held),
        Some(text) => Err(StartError::Data(format!(
            "`{UNFLUSHED}` is `{text}`, not `held`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn only_one_word_is_taken() {
        let from = |text: Option<&str>| {
            let variables = text.map(|text| (UNFLUSHED.to_owned(), text.to_owned()));
            from_environment(&variables.into_iter().collect::<BTreeMap<_, _>>()).ok()
        };
        assert_eq!(from(None), Some(Unflushed::System));
        assert_eq!(from(Some("held")), Some(Unflushed::Held));
        assert_eq!(from(Some("")), None);
        assert_eq!(from(Some("lost")), None);
    }
}
