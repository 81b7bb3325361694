//! The whole configuration.

use super::error::{Error, Located, Problem, Segment};
use super::file::File;
use super::listener::{self, Listener};
use super::reader::{MapReader, read_list};
use super::section::Section;
use super::store::{self, StoreConfig};
use super::tree::node::{Node, Position};
use super::worker::{self, RawEntry, WorkerEntry};
use super::{Environment, limits, published};
use crate::built_in::BuiltIn;
use iii_protocol::Limits;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Where data is kept unless the file says otherwise, relative to the file's folder.
const DATA_DIR_DEFAULT: &str = ".iii/data";

/// Everything an engine of this build can be told.
#[derive(Debug)]
pub struct Config {
    /// The file, as the user named it; none for the built-in configuration.
    pub source: Option<PathBuf>,
    /// Where workers connect.
    pub listeners: Vec<Listener>,
    /// Where data is kept.
    pub data_dir: PathBuf,
    /// How it is kept.
    pub store: StoreConfig,
    /// Every bound of the engine.
    pub limits: Limits,
    /// Executor threads; none for the engine's default, one for every two processors.
    pub threads: Option<NonZeroUsize>,
    /// The workers that run in this process, in the order of the file.
    pub workers: Vec<WorkerEntry>,
    /// What the user should know about the file although it is valid.
    pub notices: Vec<String>,
}

impl Config {
    /// What runs without a file: every worker of the build with its defaults, on loopback.
    ///
    /// # Errors
    /// None in practice: the defaults of a worker are valid.
    pub fn built_in(folder: &Path, built_ins: &'static [BuiltIn]) -> Result<Self, Error> {
        let workers = built_ins
            .iter()
            .map(|built_in| {
                let section = Section::empty("the defaults");
                Ok(WorkerEntry {
                    name: built_in.name,
                    plan: (built_in.read)(&section)?,
                    section,
                    position: Position::default(),
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            source: None,
            listeners: vec![Listener::default()],
            data_dir: Self::default_data_dir(folder),
            store: StoreConfig::default(),
            limits: Limits::DEFAULT,
            threads: None,
            workers,
            notices: Vec::new(),
        })
    }

    /// Reads a file for the workers of this build.
    ///
    /// # Errors
    /// The first problem of the file, with its position.
    pub fn parse(
        file: &File,
        environment: &dyn Environment,
        built_ins: &'static [BuiltIn],
    ) -> Result<Self, Error> {
        let source = file.path.display().to_string();
        let tree = expanded(&file.text, environment).map_err(|error| error.in_source(&source))?;
        let raw = read_root(&tree, file.folder()).map_err(|error| error.in_source(&source))?;
        let mut workers: Vec<WorkerEntry> = Vec::new();
        for entry in raw.workers {
            let entry = entry.resolve(&source, built_ins)?;
            if let Some(first) = workers.iter().find(|first| first.name == entry.name) {
                let problem = Problem::DuplicateWorker {
                    name: entry.name.to_owned(),
                    first_line: first.position.line,
                };
                return Err(problem.at(entry.position).in_source(&source));
            }
            workers.push(entry);
        }
        Ok(Self {
            source: Some(file.path.clone()),
            listeners: raw.listeners,
            data_dir: file.folder().join(raw.data_dir),
            store: raw.store,
            limits: raw.limits,
            threads: raw.threads,
            workers,
            notices: raw.notices,
        })
    }

    /// Where data is kept without a file.
    pub fn default_data_dir(folder: &Path) -> PathBuf {
        folder.join(DATA_DIR_DEFAULT)
    }

    /// Only where a file keeps its data, for commands that run beside the engine and must not
    /// fail because something else in the file is wrong.
    pub fn data_dir_of(file: &File, environment: &dyn Environment) -> PathBuf {
        let data_dir = expanded(&file.text, environment)
            .ok()
            .and_then(|tree| {
                MapReader::new(&tree)
                    .ok()?
                    .value::<PathBuf>("data_dir")
                    .ok()?
            })
            .unwrap_or_else(|| PathBuf::from(DATA_DIR_DEFAULT));
        file.folder().join(data_dir)
    }
}

fn expanded(text: &str, environment: &dyn Environment) -> Result<Node, Located> {
    let mut tree = super::tree::parse::parse(text)?;
    super::tree::expand::expand(&mut tree, environment)?;
    Ok(tree)
}

struct Root<'a> {
    listeners: Vec<Listener>,
    data_dir: PathBuf,
    store: StoreConfig,
    limits: Limits,
    threads: Option<NonZeroUsize>,
    workers: Vec<RawEntry<'a>>,
    notices: Vec<String>,
}

fn read_root<'a>(tree: &'a Node, folder: &Path) -> Result<Root<'a>, Located> {
    let mut map = MapReader::new(tree)?;
    let mut root = Root {
        listeners: map
            .with("listeners", |node| {
                read_list(node, |node| listener::read(node, folder))
            })?
            .unwrap_or_default(),
        data_dir: map
            .value("data_dir")?
            .unwrap_or_else(|| PathBuf::from(DATA_DIR_DEFAULT)),
        store: map.with("store", store::read)?.unwrap_or_default(),
        limits: Limits::DEFAULT,
        threads: map.value("threads")?.and_then(NonZeroUsize::new),
        workers: Vec::new(),
        notices: Vec::new(),
    };
    map.with("limits", |node| limits::read(node, &mut root.limits))?;
    read_workers(&mut map, "workers", &mut root)?;
    read_published_keys(&mut map, &mut root)?;
    map.finish()?;
    if root.listeners.is_empty() {
        root.listeners.push(Listener::default());
    }
    Ok(root)
}

/// Keys of the published configuration. They are asked for only when they are there, so that
/// they are not suggested to anyone.
fn read_published_keys<'a>(map: &mut MapReader<'a>, root: &mut Root<'a>) -> Result<(), Located> {
    const GRACE: &str = "registration_namespace_grace_ms";
    if map.has("modules") {
        read_workers(map, "modules", root)?;
    }
    if map.has(GRACE)
        && let Some(grace_ms) = map.value(GRACE)?
    {
        root.limits.registration_namespace_grace_ms = grace_ms;
    }
    Ok(())
}

fn read_workers<'a>(
    map: &mut MapReader<'a>,
    key: &str,
    root: &mut Root<'a>,
) -> Result<(), Located> {
    let mut index = 0;
    map.with(key, |node| {
        read_list(node, |item| {
            let path = vec![Segment::Index(index), Segment::Key(key.to_owned())];
            index += 1;
            add_worker(worker::read(item, path)?, root)
        })
    })?;
    Ok(())
}

fn add_worker<'a>(entry: RawEntry<'a>, root: &mut Root<'a>) -> Result<(), Located> {
    match published::meaning(&entry.name) {
        published::Meaning::Worker => root.workers.push(entry),
        published::Meaning::Ignored(why) => root
            .notices
            .push(format!("`{}` is ignored: {why}", entry.name)),
        published::Meaning::Listener => {
            let empty = Node::empty_map(entry.name_position);
            let node = entry.config.unwrap_or(&empty);
            let listener = listener::read_published(node)
                .map_err(|error| error.or_at(node.position).inside_key("config"))?;
            root.listeners.push(listener);
        }
    }
    Ok(())
}
