//! The section `workers`: which workers run in this process, and their settings.

use super::error::{Error, Located, Segment};
use super::reader::MapReader;
use super::section::Section;
use super::tree::node::{Node, Position};
use crate::built_in::{BuiltIn, Plan};
use serde::Deserialize;

/// One worker of the file.
pub struct WorkerEntry {
    /// Its name in this build, whatever older name the file uses.
    pub name: &'static str,
    /// What the file says about it.
    pub section: Section,
    /// How to make it.
    pub plan: Plan,
    /// Where it stands in the file.
    pub position: Position,
}

impl std::fmt::Debug for WorkerEntry {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("WorkerEntry")
            .field("name", &self.name)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// A worker entry as it stands in the file.
pub(super) struct RawEntry<'a> {
    pub(super) name: String,
    pub(super) name_position: Position,
    pub(super) config: Option<&'a Node>,
    /// Where the entry stands, from the inside out.
    pub(super) path: Vec<Segment>,
}

pub(super) fn read(node: &Node, path: Vec<Segment>) -> Result<RawEntry<'_>, Located> {
    let mut map = MapReader::new(node)?;
    let name_node = map.required("name")?;
    let name = String::deserialize(name_node).map_err(|error| error.inside_key("name"))?;
    let config = map.optional("config");
    map.finish()?;
    Ok(RawEntry {
        name,
        name_position: name_node.position,
        config,
        path,
    })
}

impl RawEntry<'_> {
    /// Finds the worker and lets it read its settings.
    pub(super) fn resolve(
        self,
        source: &str,
        built_ins: &'static [BuiltIn],
    ) -> Result<WorkerEntry, Error> {
        let built_in = BuiltIn::find(&self.name, built_ins)
            .map_err(|problem| problem.at(self.name_position).in_source(source))?;
        let mut section_path = vec![Segment::Key("config".to_owned())];
        section_path.extend(self.path);
        let section = Section {
            source: source.to_owned(),
            node: self
                .config
                .cloned()
                .unwrap_or_else(|| Node::empty_map(self.name_position)),
            path: section_path,
        };
        let plan = (built_in.read)(&section)?;
        Ok(WorkerEntry {
            name: built_in.name,
            section,
            plan,
            position: self.name_position,
        })
    }
}
