//! What a driver answers.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A reply, read.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    #[serde(default, deserialize_with = "present")]
    ok: Option<Box<RawValue>>,
    error: Option<Failure>,
}

/// An error as the SDK gave it to the program.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) stacktrace: Option<String>,
}

/// `null` is a result, absence is none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Outcome {
    /// The text of the result.
    pub(crate) fn text(self) -> Result<Option<String>> {
        match self.error {
            None => Ok(self.ok.map(|text| text.get().to_owned())),
            Some(error) => bail!("it failed: {error:?}"),
        }
    }

    /// The result, which is there.
    pub(crate) fn value(self) -> Result<Value> {
        let text = self.text()?.context("there is no result")?;
        Ok(serde_json::from_str(&text)?)
    }

    /// There is no result.
    pub(crate) fn nothing(self) -> Result<()> {
        match self.text()? {
            None => Ok(()),
            Some(text) => bail!("there should be no result, and there is {text}"),
        }
    }

    pub(crate) fn is_failure(&self) -> bool {
        self.error.is_some()
    }

    /// It failed.
    pub(crate) fn failure(self) -> Result<Failure> {
        let ok = self.ok.as_ref().map_or("nothing", |text| text.get());
        let missing = || format!("it should have failed and gave {ok}");
        self.error.with_context(missing)
    }

    /// It failed with this code.
    pub(crate) fn fails_with(self, code: &str) -> Result<Failure> {
        let failure = self.failure()?;
        ensure!(failure.code == code, "`{code}` expected, not {failure:?}");
        Ok(failure)
    }
}
