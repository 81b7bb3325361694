//! What differs between two configurations, and what became of it.

use crate::config::Config;

/// What a new configuration asks for, by worker name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) changed: Vec<&'static str>,
    pub(crate) removed: Vec<&'static str>,
    pub(crate) added: Vec<&'static str>,
    /// Root keys that changed and are read at the start only.
    pub(crate) needs_restart: Vec<&'static str>,
}

/// What a reload did.
#[derive(Debug, Default)]
pub struct Reloaded {
    /// Workers that run with new settings.
    pub changed: Vec<&'static str>,
    /// Workers that were drained and stopped.
    pub removed: Vec<&'static str>,
    /// Workers that were started.
    pub added: Vec<&'static str>,
    /// The listeners are those of the new configuration.
    pub listeners_changed: bool,
    /// Root keys whose change waits for a restart of the engine.
    pub needs_restart: Vec<&'static str>,
    /// Workers, or `listeners`, that could not be started as the file says, and why.
    pub failed: Vec<(&'static str, String)>,
}

impl Reloaded {
    /// Whether the file asked for nothing new.
    pub fn is_nothing(&self) -> bool {
        self.changed.is_empty()
            && self.removed.is_empty()
            && self.added.is_empty()
            && !self.listeners_changed
            && self.needs_restart.is_empty()
            && self.failed.is_empty()
    }
}

impl Difference {
    pub(crate) fn between(old: &Config, new: &Config) -> Self {
        let find = |config: &'_ Config, name: &str| {
            config.workers.iter().position(|worker| worker.name == name)
        };
        let mut difference = Self {
            needs_restart: root_keys(old, new),
            ..Self::default()
        };
        for worker in &new.workers {
            match find(old, worker.name) {
                None => difference.added.push(worker.name),
                Some(index) if old.workers[index].section != worker.section => {
                    difference.changed.push(worker.name);
                }
                Some(_) => {}
            }
        }
        for worker in &old.workers {
            if find(new, worker.name).is_none() {
                difference.removed.push(worker.name);
            }
        }
        difference
    }
}

fn root_keys(old: &Config, new: &Config) -> Vec<&'static str> {
    [
        ("data_dir", old.data_dir != new.data_dir),
        ("store", old.store != new.store),
        ("limits", old.limits != new.limits),
        ("threads", old.threads != new.threads),
    ]
    .into_iter()
    .filter_map(|(key, changed)| changed.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::Difference;
    use crate::config::{Config, File};
    use crate::workers::BUILT_INS;
    use std::collections::BTreeMap;

    fn config(text: &str) -> Config {
        let file = File {
            path: "iii-config.yaml".into(),
            text: text.to_owned(),
        };
        Config::parse(&file, &BTreeMap::new(), BUILT_INS).unwrap()
    }

    #[test]
    fn only_what_means_something_else_differs() {
        let old = config("workers: [{ name: http, config: { port: 1 } }, { name: state }]");
        let same = config(
            "# other words for the same\n\
             modules:\n  - name: iii-state\n    config:\n\
             \x20 - { name: http, config: { 'port': 0x1 } }",
        );
        assert_eq!(Difference::between(&old, &same), Difference::default());
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let old = config("workers: [{ name: http, config: { port: 1 } }]");
        let new = config("threads: 1\nlimits: { heartbeat_ms: 1 }\nworkers: [{ name: state }]");
        let expected = Difference {
            changed: vec![],
            removed: vec!["http"],
            added: vec!["state"],
            needs_restart: vec!["limits", "threads"],
        };
        assert_eq!(Difference::between(&old, &new), expected);
        let new = config(
            "data_dir: x\nstore: { durability: relaxed }\nworkers: [{ name: http, config: { port: 2 } }]",
        );
        let expected = Difference {
            changed: vec!["http"],
            needs_restart: vec!["data_dir", "store"],
            ..Difference::default()
        };
        assert_eq!(Difference::between(&old, &new), expected);
    }
}
