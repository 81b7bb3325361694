//! Rule `generated`: generated files say what their source says.

use super::Problem;
use crate::generate;
use anyhow::Result;
use std::path::Path;

pub(super) fn check(root: &Path) -> Result<Vec<Problem>> {
    let stale = generate::stale(root)?.into_iter();
    let problems = stale.map(|path| Problem {
        path: path.to_owned(),
        line: 0,
        rule: "generated",
        text: "not fresh: run `cargo xtask gen`".into(),
    });
    Ok(problems.collect())
}
