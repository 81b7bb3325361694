//! `docs/reference/config.md`

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Keys, defaults and words of every limit.
const LIMITS: &str = include_str!("../../../../protocol/limits.toml");

pub(super) fn markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    out.push_str("\n## `limits`\n\n| key | default | what |\n|---|---|---|\n");
    for limit in limits() {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} |",
            limit.key, limit.default, limit.doc
        );
    }
    out.push_str("\n## `workers`\n\n");
    out.push_str(WORKERS);
    for worker in iii_host::BUILT_INS {
        let schema = (worker.schema)().to_value();
        let _ = writeln!(out, "\n### `{}`", worker.name);
        if !worker.aliases.is_empty() {
            let _ = writeln!(out, "\nOlder name: `{}`.", worker.aliases.join("`, `"));
        }
        keys(&mut out, &schema);
        definitions(&mut out, &schema);
    }
    out
}

struct Limit<'a> {
    key: &'a str,
    default: &'a str,
    doc: &'a str,
}

/// The catalogue has one shape, three lines a limit, which its generator holds.
fn limits() -> Vec<Limit<'static>> {
    LIMITS
        .split("\n[")
        .skip(1)
        .filter_map(|entry| {
            let (key, rest) = entry.split_once("]\n")?;
            let value = |name: &str| {
                rest.lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
            };
            Some(Limit {
                key,
                default: value("default")?,
                doc: value("doc")?.trim_matches('"'),
            })
        })
        .collect()
}

/// The named types that keys refer to.
fn definitions(out: &mut String, schema: &Value) {
    let Some(definitions) = schema.get("$defs").and_then(Value::as_object) else {
        return;
    };
    for (name, definition) in definitions {
        if definition.get("properties").is_some() {
            let _ = writeln!(out, "\n`{name}`: {}", text(definition, "description"));
            keys(out, definition);
        }
    }
}

fn keys(out: &mut String, schema: &Value) {
    out.push_str("\n| key | type | default | what |\n|---|---|---|---|\n");
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    for (key, property) in properties {
        let default = match property.get("default") {
            None | Some(Value::Null) => String::new(),
            Some(default) => format!("`{default}`"),
        };
        let kind = kind(property);
        let what = text(property, "description");
        let _ = writeln!(out, "| `{key}` | {kind} | {default} | {what} |");
    }
}

/// The type of a key in words of YAML.
fn kind(property: &Value) -> String {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return format!("`{name}`");
    }
    if let Some(choices) = property.get("anyOf").and_then(Value::as_array) {
        return choices
            .iter()
            .filter(|choice| choice.get("type") != Some(&Value::from("null")))
            .map(kind)
            .collect::<Vec<_>>()
            .join(" or ");
    }
    let named = match property.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find(|kind| *kind != "null"),
        other => other,
    };
    match named.and_then(Value::as_str) {
        Some("string") => "text",
        Some("boolean") => "true or false",
        Some("array") => "list",
        Some("object") => "map",
        Some(other) => other,
        None => "",
    }
    .to_owned()
}

/// A doc comment as one line of a table.
fn text(schema: &Value, key: &str) -> String {
    let text = schema.get(key).and_then(Value::as_str).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

const INTRODUCTION: &str = "\
<!-- Written by `iii reference config`; a test compares it. -->
# Configuration

`iii` reads `iii-config.yaml` in the working folder, else `config.yaml`, or the file named with
`--config`. Without a file it runs all workers of the build on 127.0.0.1; with one, only those that the
file lists. The file is read, never written. When it changes, the engine reads it again: what is wrong
is reported and the running configuration stays in force.

```yaml
listeners:
  - bind: 127.0.0.1:49134
data_dir: .iii/data
limits:
  drain_timeout_ms: 5000
workers:
  - name: state
  - name: http
    config:
      port: ${PORT:3111}
```

`${NAME}` is replaced by the environment variable of that name, `${NAME:default}` by the default when
there is none; a variable that is set to nothing is set. Only values are expanded, and only after the
file is parsed, so that a value never changes the structure of the file. A value without quotes that is
one placeholder is read as YAML again: `${PORT:3111}` is a number, `\"${PORT:3111}\"` is text. `$${` stands
for `${`.

An unknown key is an error that names file, line, column, the key and the nearest known one. Texts of
the file never appear in messages, since they may be secrets.

## Root keys

| key | default | what | on change |
|---|---|---|---|
| `listeners` | one on 127.0.0.1:49134 | where workers connect | taken over; connections stay |
| `data_dir` | `.iii/data` beside the file | where data is kept, and the operator token | after a restart |
| `store` | as below | how data is kept | after a restart |
| `limits` | as below | bounds of the engine | after a restart |
| `threads` | one for every two processors | executor threads of the engine | after a restart |
| `workers` | none | the workers that run in this process | taken over |

Files of the published engine are understood: `modules` is `workers`, a worker `iii-worker-manager` is a
listener, a root key `registration_namespace_grace_ms` is the limit of that name, `iii-telemetry` and
`iii-engine-functions` are ignored with a note, and workers may have their older names.

### The operator token

At its start the engine makes `operator-token` in `data_dir`, readable by its owner only. Whoever presents
it is a local operator: only operators may take the names of first-party workers and call functions that
run code or write files. `iii` commands in the same folder present it by themselves.

## `listeners`

| key | default | what |
|---|---|---|
| `bind` | `127.0.0.1:49134` | `HOST:PORT`; port 0 lets the system choose |
| `token` | none | what every connection must present; required beyond loopback |
| `allowed_origins` | none | origins of web pages that may connect; `*` for all, which needs a token |
| `tls` | none | `{cert, key}`: PEM files with the certificate chain and its key; the listener then \
speaks `wss` only |
| `compat.inject_caller` | `false` | puts the caller's worker id into payloads that are objects, for old workers |

Paths in `tls` begin in the folder of the file. `tls` may also be a list of such pairs: the server name that
the client asks for chooses, and the first pair answers for names that no certificate has. The files are
looked at every two seconds: new ones serve new connections, connections that are open stay, and files that
cannot be used are reported while the certificates in force stay. TLS is 1.2 or 1.3. `token` and
`allowed_origins` mean what they mean without TLS.

`authorization` by functions is not in this build, and refused rather than ignored.

## `store`

Everything that `state` and `queue` acknowledge is in one folder, `store` in `data_dir`, behind one journal.

| key | default | what |
|---|---|---|
| `durability` | `fsync` | `fsync`: what was acknowledged survives a loss of power; `relaxed`: only the end of the engine, \
and a loss of power may take the last writes |
| `flush_every_ms` | 1000 | with `relaxed`: longest time after which a write is on the disk all the same |
| `cache_bytes` | 16 MiB | memory for pages of the data file, beside what the system keeps of it |
| `overlay_bytes` | 32 MiB | memory for what is not in the data file yet; writers wait when it is full |
| `journal_bytes` | 64 MiB | bytes of the journal between two checkpoints; twice as much may be read at a start after a crash |
| `state_entries_max`, `state_bytes_max` | 10,000,000, 1 GiB | bounds of `state`; a write beyond is refused with `overloaded` |
| `queue_entries_max`, `queue_bytes_max` | 50,000,000, 32 GiB | bounds of all queues together |

Sizes are numbers of bytes. `iii data backup --to FOLDER` makes a copy, also while the engine runs; `iii data restore` \
makes the data of an engine of it.
";

const WORKERS: &str = "\
A list of `{name, config}`. Every worker has its own keys under `config`; a change of one restarts that
worker only. The new one is started beside the old one; where both need the same port, the old one goes
first, and comes back when the new one fails.
";

#[cfg(test)]
mod tests {
    use super::{INTRODUCTION, limits};

    #[test]
    fn every_limit_is_on_the_page() {
        let keys: Vec<&str> = limits().iter().map(|limit| limit.key).collect();
        assert_eq!(keys, iii_protocol::Limits::KEYS);
    }

    #[test]
    fn the_example_is_a_valid_file() {
        let (_, rest) = INTRODUCTION.split_once("```yaml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let file = iii_host::File {
            path: "iii-config.yaml".into(),
            text: example.to_owned(),
        };
        let environment = std::collections::BTreeMap::new();
        let config = iii_host::Config::parse(&file, &environment, iii_host::BUILT_INS).unwrap();
        assert_eq!(config.workers.len(), 2);
    }
}
