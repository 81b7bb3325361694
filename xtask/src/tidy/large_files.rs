//! Rule `large-file`: nothing above 1 MiB is kept in the repository, it would stay for ever.

use super::{Input, Problem};

const BYTES_MAX: usize = 1024 * 1024;

pub(super) fn check(input: &Input) -> Vec<Problem> {
    let files = input.repository.files();
    let large = files.filter(|(_, bytes)| bytes.len() > BYTES_MAX);
    large
        .map(|(path, bytes)| Problem {
            path: path.to_owned(),
            line: 0,
            rule: "large-file",
            text: format!("{} bytes, at most {BYTES_MAX}", bytes.len()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_large_file_is_found() {
        let mut input = fixture::input(&[]);
        input.repository.insert("fits.bin", vec![0; BYTES_MAX]);
        input.repository.insert("large.bin", vec![0; BYTES_MAX + 1]);
        let found = check(&input);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].path, "large.bin");
    }
}
