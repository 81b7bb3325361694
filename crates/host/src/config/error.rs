//! Why a configuration is refused: file, line, column, key and what to do.

use super::tree::node::Position;
use std::fmt;
use std::net::SocketAddr;

/// A configuration that cannot be used.
///
/// Displays as ``FILE:LINE:COLUMN: `KEY`: what happened``, and, where something can be done,
/// a second line `hint: ...`.
#[derive(Clone, Debug)]
pub struct Error {
    /// The file as the user named it, or what stands for it.
    pub source: String,
    /// Where in the file; absent when the file as a whole is the problem.
    pub position: Option<Position>,
    /// The key, as a path from the root: `workers[0].config.port`. Empty for the root.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.source)?;
        if let Some(position) = self.position {
            write!(out, ":{}:{}", position.line, position.column)?;
        }
        if !self.path.is_empty() {
            write!(out, ": `{}`", self.path)?;
        }
        write!(out, ": {}", self.problem)?;
        match self.problem.hint() {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file cannot be read.
    #[error("cannot read the configuration: {reason}")]
    Unreadable {
        /// What the system said.
        reason: String,
    },
    /// The file or a part of it is larger than any configuration.
    #[error("more than {limit} {what}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// Not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// More than one document.
    #[error("a second YAML document begins here")]
    SeveralDocuments,
    /// A YAML tag that means nothing here.
    #[error("unknown YAML tag `{0}`")]
    Tag(String),
    /// A list or map as a key.
    #[error("a key must be text")]
    KeyIsNotText,
    /// A key twice in one map.
    #[error("the key `{key}` appears twice; first in line {first_line}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Line of its first appearance.
        first_line: u32,
    },
    /// A key that nothing reads.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        key: String,
        /// What may stand there instead.
        known: Vec<String>,
    },
    /// A key that must be given is absent.
    #[error("the key `{key}` is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// A value of the wrong type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What belongs there.
        expected: String,
        /// What is there; never text of the file.
        found: String,
    },
    /// A word that is none of those possible.
    #[error("unknown value{}", shown(value.as_deref()))]
    UnknownValue {
        /// The word, unless it came from the environment.
        value: Option<String>,
        /// The words that are possible.
        known: Vec<String>,
    },
    /// A value that its reader refused.
    #[error("{0}")]
    Refused(String),
    /// `${NAME}` without a default, and the environment has no such variable.
    #[error("the environment variable `{variable}` is not set")]
    MissingVariable {
        /// Its name.
        variable: String,
    },
    /// `${...}` that is no placeholder.
    #[error("a malformed placeholder")]
    BadPlaceholder,
    /// A worker that this build does not have.
    #[error("no worker `{name}` in this build")]
    UnknownWorker {
        /// The name in the file.
        name: String,
        /// The workers of this build.
        known: Vec<String>,
    },
    /// One name twice in `workers`.
    #[error("the worker `{name}` is listed twice; first in line {first_line}")]
    DuplicateWorker {
        /// The name.
        name: String,
        /// Line of its first entry.
        first_line: u32,
    },
    /// A listener that others can reach, and that lets everybody in.
    #[error("`{bind}` can be reached from other machines, and the listener has no `token`")]
    OpenListener {
        /// The address.
        bind: SocketAddr,
    },
}

impl Problem {
    pub(crate) fn at(self, position: Position) -> Located {
        Located {
            position: Some(position),
            path: Vec::new(),
            problem: self,
        }
    }

    /// The problem of something that is no file.
    pub(crate) fn of_source(self, source: &str) -> Error {
        Error {
            source: source.to_owned(),
            position: None,
            path: String::new(),
            problem: self,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { key, known } => Some(alternatives(Some(key), known, "known keys")),
            Self::UnknownValue { value, known } => {
                Some(alternatives(value.as_deref(), known, "possible values"))
            }
            Self::UnknownWorker { name, known } => {
                Some(alternatives(Some(name), known, "workers of this build"))
            }
            other => other.fixed_hint().map(str::to_owned),
        }
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::SeveralDocuments => "keep one document, or name another file with `--config`",
            Self::MissingVariable { .. } => "set it, or give a default as in `${NAME:default}`",
            Self::BadPlaceholder => {
                "write `${NAME}` or `${NAME:default}`; `$${` stands for a literal `${`"
            }
            Self::DuplicateWorker { .. } => "merge the two entries",
            Self::OpenListener { .. } => {
                "add `token: ${III_LISTENER_TOKEN}` to the listener, or bind it to 127.0.0.1"
            }
            _ => return None,
        })
    }
}

/// A problem on its way up to the reader that knows the file.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) position: Option<Position>,
    /// From the inside out.
    pub(crate) path: Vec<Segment>,
    pub(crate) problem: Problem,
}

#[derive(Clone, Debug)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

impl Located {
    /// Adds the position unless something further inside knew it better.
    pub(crate) fn or_at(mut self, position: Position) -> Self {
        self.position.get_or_insert(position);
        self
    }

    pub(crate) fn inside_key(mut self, key: &str) -> Self {
        self.path.push(Segment::Key(key.to_owned()));
        self
    }

    pub(crate) fn inside_index(mut self, index: usize) -> Self {
        self.path.push(Segment::Index(index));
        self
    }

    pub(crate) fn in_source(self, source: &str) -> Error {
        let mut path = String::new();
        for segment in self.path.iter().rev() {
            match segment {
                Segment::Key(key) if path.is_empty() => path.push_str(key),
                Segment::Key(key) => path.extend([".", key]),
                Segment::Index(index) => {
                    path.extend(["[", &index.to_string(), "]"]);
                }
            }
        }
        Error {
            source: source.to_owned(),
            position: self.position,
            path,
            problem: self.problem,
        }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map(|value| format!(" `{value}`")).unwrap_or_default()
}

/// With a likely word at hand, a longer list would only hide it.
const LISTED_MAX: usize = 16;

fn alternatives(given: Option<&str>, known: &[String], what: &str) -> String {
    let list = known
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    match given.and_then(|given| nearest(given, known)) {
        Some(near) if known.len() > LISTED_MAX => format!("did you mean `{near}`?"),
        Some(near) => format!("did you mean `{near}`? {what}: {list}"),
        None if known.is_empty() => "remove it: nothing may stand here".to_owned(),
        None => format!("{what}: {list}"),
    }
}

/// The known word that the given one was most likely meant to be.
fn nearest<'a>(given: &str, known: &'a [String]) -> Option<&'a str> {
    /// Below this likeness a suggestion confuses more than it helps.
    const LIKENESS_MIN: f64 = 0.7;
    known
        .iter()
        .map(|word| (strsim::jaro_winkler(given, word), word))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, word)| word.as_str())
}
