//! The YAML core schema: what a plain scalar means.

/// A resolved scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// Only for what does not fit [`Scalar::Integer`].
    Unsigned(u64),
    Float(f64),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Resolves a scalar that was written without quotes.
    pub(crate) fn of_plain(text: &'a str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ => number(text).unwrap_or(Self::Text(text)),
        }
    }
}

fn number<'a>(text: &str) -> Option<Scalar<'a>> {
    if let Some(digits) = text.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().map(Scalar::Integer);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i64::from_str_radix(digits, 8).ok().map(Scalar::Integer);
    }
    if let Ok(value) = text.parse() {
        return Some(Scalar::Integer(value));
    }
    if let Ok(value) = text.parse() {
        return Some(Scalar::Unsigned(value));
    }
    float(text).map(Scalar::Float)
}

fn float(text: &str) -> Option<f64> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        // Rust also reads `inf` and `nan`, which are words in YAML.
        _ if text.bytes().any(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("True", Scalar::Bool(true)),
            ("yes", Scalar::Text("yes")),
            ("3111", Scalar::Integer(3111)),
            ("-1", Scalar::Integer(-1)),
            ("0x10", Scalar::Integer(16)),
            ("18446744073709551615", Scalar::Unsigned(u64::MAX)),
            ("1.5", Scalar::Float(1.5)),
            ("1e3", Scalar::Float(1000.0)),
            ("inf", Scalar::Text("inf")),
            ("127.0.0.1", Scalar::Text("127.0.0.1")),
            ("${PORT}", Scalar::Text("${PORT}")),
        ] {
            assert_eq!(Scalar::of_plain(text), expected, "{text}");
        }
    }
}
