//! Why a command failed, what to do about it, and its exit code.

use std::fmt;

/// Everything a failed command tells its user.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    /// 1: what was asked for failed. 2: it was asked for in the wrong way.
    exit_code: u8,
}

impl Failure {
    /// What was asked for did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit_code: 1,
        }
    }

    /// The command line cannot be understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::failed(message)
        }
    }

    /// What to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.message)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<iii_host::ConfigError> for Failure {
    /// Its text has its hint already.
    fn from(error: iii_host::ConfigError) -> Self {
        Self::failed(error.to_string())
    }
}
