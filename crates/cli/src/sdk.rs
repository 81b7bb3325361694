//! `iii sdk list` and `iii sdk export`: the packages of the SDKs that this binary carries.

use crate::failure::Failure;
use crate::{output, table};
use clap::Subcommand;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// A package as it is embedded by `build.rs`.
struct Package {
    language: &'static str,
    file: &'static str,
    bytes: &'static [u8],
}

const PACKAGES: &[Package] = include!(concat!(env!("OUT_DIR"), "/packages.rs"));

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the packages of the SDKs that this binary carries: language, file, bytes
    List {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Write the packages of the SDKs into a folder, so that projects depend on them by path
    Export {
        /// Folder to write to; made if it is not there
        #[arg(long, value_name = "DIR")]
        to: PathBuf,

        /// Only the package of this language: `typescript` or `python`
        #[arg(value_name = "LANGUAGE")]
        language: Option<String>,

        /// Print what was written as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::List { json } => list(json),
        Command::Export { to, language, json } => export(&to, language.as_deref(), json),
    }
}

fn list(as_json: bool) -> Result<(), Failure> {
    if as_json {
        let packages: Vec<_> = PACKAGES
            .iter()
            .map(|it| json!({ "language": it.language, "file": it.file, "bytes": it.bytes.len() }))
            .collect();
        return output::data(&format!("{}\n", json!({ "packages": packages })));
    }
    let rows: Vec<[String; 3]> = PACKAGES.iter().map(row).collect();
    output::data(&table::render(["LANGUAGE", "FILE", "BYTES"], &rows))
}

fn row(package: &Package) -> [String; 3] {
    let bytes = package.bytes.len().to_string();
    [package.language.to_owned(), package.file.to_owned(), bytes]
}

fn export(to: &Path, language: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let wanted = |package: &&Package| language.is_none_or(|language| language == package.language);
    let packages: Vec<&Package> = PACKAGES.iter().filter(wanted).collect();
    if PACKAGES.is_empty() {
        return Err(Failure::failed("this `iii` was built without the packages")
            .hint("release builds carry them; `cargo xtask package` makes one"));
    }
    if packages.is_empty() {
        let language = language.unwrap_or_default();
        return Err(
            Failure::usage(format!("there is no package for `{language}`"))
                .hint("`iii sdk list` shows what there is; Rust workers depend on the crate"),
        );
    }
    let written = packages
        .iter()
        .map(|package| write(package, to))
        .collect::<Result<Vec<_>, _>>()?;
    if as_json {
        let files: Vec<_> = packages
            .iter()
            .zip(&written)
            .map(|(package, path)| json!({ "language": package.language, "path": path }))
            .collect();
        return output::data(&format!("{}\n", json!({ "packages": files })));
    }
    let paths: Vec<String> = written
        .iter()
        .map(|path| format!("{}\n", path.display()))
        .collect();
    output::data(&paths.concat())?;
    for (package, path) in packages.iter().zip(&written) {
        output::talk(&next_step(package.language, path));
    }
    Ok(())
}

fn write(package: &Package, to: &Path) -> Result<PathBuf, Failure> {
    let path = to.join(package.file);
    let written = fs::create_dir_all(to).and_then(|()| fs::write(&path, package.bytes));
    match written {
        Ok(()) => Ok(path),
        Err(error) => Err(
            Failure::failed(format!("cannot write `{}`: {error}", path.display()))
                .hint("name a folder that you may write to with `--to`"),
        ),
    }
}

/// What to do with a package.
fn next_step(language: &str, path: &Path) -> String {
    let path = path.display();
    match language {
        "python" => format!("python: `pip install {path}`"),
        _ => format!("{language}: `npm install {path}`"),
    }
}
