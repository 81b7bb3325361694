//! The form of a vector file: an array of objects, one field a line.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Stands in `wire` for as many `x` as `fill` says, so that long frames stay readable.
const FILL_MARK: &str = "…";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    /// `to_engine`, `to_worker` or `both`.
    pub(crate) direction: String,
    /// The frame as text.
    wire: Option<String>,
    /// The frame in hex, where it is no text.
    wire_hex: Option<String>,
    fill: Option<usize>,
    #[serde(default, deserialize_with = "raw")]
    pub(crate) value: Option<String>,
    pub(crate) valid: bool,
    /// Of valid vectors: whether encoding `value` gives `wire`.
    pub(crate) canonical: Option<bool>,
    /// Of invalid vectors: the kind of the fault, its field and the id that can still be told.
    pub(crate) error_code: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) invocation_id: Option<String>,
    pub(crate) note: String,
}

/// A value as its text, so that number text and key order are compared as well.
fn raw<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Box::<RawValue>::deserialize(from)?.get().to_owned()))
}

impl Vector {
    pub(crate) fn frame(&self) -> Vec<u8> {
        match (&self.wire, &self.wire_hex, self.fill) {
            (Some(text), None, None) => text.clone().into_bytes(),
            (Some(text), None, Some(count)) => {
                text.replace(FILL_MARK, &"x".repeat(count)).into_bytes()
            }
            (None, Some(hex), None) => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect(),
            _ => panic!("{}: needs either `wire` or `wire_hex`", self.name),
        }
    }

    pub(crate) fn set_frame(&mut self, frame: Vec<u8>) {
        assert!(
            self.fill.is_none(),
            "{}: a filled frame cannot be rewritten",
            self.name
        );
        self.wire = Some(String::from_utf8(frame).unwrap());
    }

    /// Clears what follows from the frame.
    pub(crate) fn forget_outcome(&mut self) {
        self.value = None;
        self.canonical = None;
        self.error_code = None;
        self.field = None;
        self.invocation_id = None;
    }

    fn write(&self, text: &mut String) {
        let quoted = |value: &Option<String>| value.as_ref().map(json);
        let fields = [
            ("name", Some(json(&self.name))),
            ("direction", Some(json(&self.direction))),
            ("wire", quoted(&self.wire)),
            ("wire_hex", quoted(&self.wire_hex)),
            ("fill", self.fill.as_ref().map(json)),
            ("value", self.value.clone()),
            ("valid", Some(json(&self.valid))),
            ("canonical", self.canonical.as_ref().map(json)),
            ("error_code", quoted(&self.error_code)),
            ("field", quoted(&self.field)),
            ("invocation_id", quoted(&self.invocation_id)),
            ("note", Some(json(&self.note))),
        ];
        let mut separator = "";
        text.push_str("  {");
        for (name, value) in fields {
            if let Some(value) = value {
                write!(text, "{separator}\n    \"{name}\": {value}").unwrap();
                separator = ",";
            }
        }
        text.push_str("\n  }");
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

/// One file of the folder; `name` is the wire type.
#[derive(Debug)]
pub(crate) struct VectorFile {
    pub(crate) name: String,
    pub(crate) vectors: Vec<Vector>,
}

impl VectorFile {
    /// The whole folder, by name.
    pub(crate) fn all() -> Vec<Self> {
        let mut files: Vec<Self> = std::fs::read_dir(folder())
            .unwrap()
            .map(|entry| Self::read(&entry.unwrap().path()))
            .collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        files
    }

    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        Self {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            vectors: serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        }
    }

    pub(crate) fn write(&self) {
        let mut text = String::from("[\n");
        for (at, vector) in self.vectors.iter().enumerate() {
            if at > 0 {
                text.push_str(",\n");
            }
            vector.write(&mut text);
        }
        text.push_str("\n]\n");
        std::fs::write(folder().join(format!("{}.json", self.name)), text).unwrap();
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol/vectors")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test that rewrites its own fixtures on request"
)]
pub(crate) fn update_is_wanted() -> bool {
    std::env::var("UPDATE_VECTORS").is_ok_and(|value| value == "1")
}
