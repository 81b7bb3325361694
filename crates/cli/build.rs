//! Embeds the packages of the SDKs, which `cargo xtask package` has built beforehand.
//!
//! **Invariant:** compiling needs no npm and no pip. Without `III_SDK_PACKAGES`, the folder the
//! packages lie in, nothing is embedded and the binary says so.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FOLDER: &str = "III_SDK_PACKAGES";
/// Which file is whose package.
const LANGUAGES: [(&str, &str); 2] = [("tgz", "typescript"), ("whl", "python")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={FOLDER}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let files = match env::var_os(FOLDER) {
        Some(folder) => packages(Path::new(&folder))?,
        None => Vec::new(),
    };
    let mut table = String::from("&[\n");
    for (language, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let file = path.file_name().and_then(|name| name.to_str());
        let file = file.ok_or("a package has a name")?;
        fs::copy(&path, out.join(file))?;
        writeln!(
            table,
            "    Package {{ language: {language:?}, file: {file:?}, \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/\", {file:?})) }},"
        )?;
    }
    table.push_str("]\n");
    Ok(fs::write(out.join("packages.rs"), table)?)
}

fn packages(folder: &Path) -> Result<Vec<(&'static str, PathBuf)>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = path.extension().unwrap_or_default();
        let mut languages = LANGUAGES.iter();
        if let Some((_, language)) = languages.find(|(extension, _)| kind == *extension) {
            files.push((*language, path));
        }
    }
    files.sort();
    Ok(files)
}
