//! Which coding a client can read.

use http::HeaderValue;

/// How an answer is compressed, the best one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The best coding of an `Accept-Encoding` header; `None` to send the bytes as they are.
pub(crate) fn choose(accept: &HeaderValue) -> Option<Coding> {
    let text = accept.to_str().ok()?;
    let weight = |name: &str| {
        let named = text.split(',').find_map(|element| weight_of(element, name));
        named.or_else(|| text.split(',').find_map(|element| weight_of(element, "*")))
    };
    let mut best = None;
    for coding in Coding::ALL {
        let weight = weight(coding.as_str()).unwrap_or(0.0);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((coding, weight));
        }
    }
    best.map(|(coding, _)| coding)
}

/// The weight, if the element names this coding.
fn weight_of(element: &str, name: &str) -> Option<f32> {
    let (coding, parameters) = element.split_once(';').unwrap_or((element, ""));
    if !coding.trim().eq_ignore_ascii_case(name) {
        return None;
    }
    let weight = parameters.trim().strip_prefix("q=").unwrap_or("1");
    let weight: f32 = weight.trim().parse().unwrap_or(0.0);
    Some(weight.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decide_and_then_our_taste() {
        for (accept, wanted) in [
            ("gzip", Some(Coding::Gzip)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("GZIP;q=1.0, br;q=0.5, zstd; q=0.1", Some(Coding::Gzip)),
            ("br;q=0, *", Some(Coding::Zstd)),
            ("*;q=0", None),
            ("gzip;q=0", None),
            ("identity", None),
            ("deflate", None),
            ("", None),
            ("gzip;q=nonsense", None),
        ] {
            let accept: HeaderValue = accept.parse().unwrap();
            assert_eq!(choose(&accept), wanted, "{accept:?}");
        }
    }
}
