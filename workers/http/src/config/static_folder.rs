//! Folders that are served as they are.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// A folder of files: its path, or an object with more to say.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Written")]
pub struct StaticFolder {
    /// Where the files are. Relative to the folder of the configuration file.
    pub folder: PathBuf,
    /// What a folder itself answers with.
    pub index: Option<String>,
    /// What is sent where there is no file, for applications that do their own routing.
    pub fallback: Option<String>,
    /// Sent as `Cache-Control`.
    pub cache_control: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    /// The path of the folder.
    Path(PathBuf),
    /// The folder and how it is served.
    Whole(Whole),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Whole {
    /// Where the files are. Relative to the folder of the configuration file.
    folder: PathBuf,
    /// What a folder itself answers with; null for nothing.
    #[serde(default = "index")]
    index: Option<String>,
    /// What is sent where there is no file, for applications that do their own routing.
    #[serde(default)]
    fallback: Option<String>,
    /// Sent as `Cache-Control`.
    #[serde(default)]
    cache_control: Option<String>,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "serde wants the type of the field"
)]
fn index() -> Option<String> {
    Some("index.html".to_owned())
}

impl<'de> Deserialize<'de> for StaticFolder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Path(folder) => Self {
                folder,
                index: index(),
                fallback: None,
                cache_control: None,
            },
            Written::Whole(whole) => Self {
                folder: whole.folder,
                index: whole.index,
                fallback: whole.fallback,
                cache_control: whole.cache_control,
            },
        })
    }
}
