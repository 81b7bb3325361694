//! Finding and reading the configuration of a command.

use crate::built_in::{BuiltIn, Plan};
use crate::config::{Config, Error, File, Section};
use crate::env::ProcessEnvironment;
use crate::workers::BUILT_INS;
use std::path::Path;

/// Reads the configuration file at `path`, or the one of the working folder; without any, gives
/// the built-in configuration.
///
/// # Errors
/// The file cannot be read or used.
pub fn load(path: Option<&Path>) -> Result<Config, Error> {
    // Not `.`: names in messages then look like what the user sees.
    let folder = Path::new("");
    let found = match path {
        Some(path) => Some(path.to_owned()),
        None => File::find(folder),
    };
    match found {
        Some(path) => Config::parse(&File::read(&path)?, &ProcessEnvironment, BUILT_INS),
        None => Config::built_in(folder, BUILT_INS),
    }
}

/// One worker of this build by its name or an older one, with the settings that the file at `path`
/// has for it; without a file, or an entry in it, with its defaults.
///
/// # Errors
/// No worker has that name, or the file cannot be read or used.
pub fn plan_of(name: &str, path: Option<&Path>) -> Result<(&'static BuiltIn, Plan), Error> {
    let built_in =
        BuiltIn::find(name, BUILT_INS).map_err(|problem| problem.of_source("the command line"))?;
    let listed = match path {
        Some(path) => load(Some(path))?
            .workers
            .into_iter()
            .find(|worker| worker.name == built_in.name),
        None => None,
    };
    let plan = match listed {
        Some(worker) => worker.plan,
        None => (built_in.read)(&Section::empty("the defaults"))?,
    };
    Ok((built_in, plan))
}
