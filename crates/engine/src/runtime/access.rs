//! Who may connect, decided on the request head alone.

use super::settings::ListenerConfig;
use iii_transport::Direction;
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// Subprotocols that carry a token, for browsers, which cannot set headers.
const TOKEN_SUBPROTOCOL: &str = "iii.token.";

/// What the request head says, as far as access goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head<'a> {
    pub(super) path: &'a str,
    pub(super) host: Option<&'a str>,
    pub(super) origin: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
    pub(super) query_token: Option<&'a str>,
    pub(super) channel_key: Option<&'a str>,
    pub(super) channel_direction: Option<&'a str>,
    /// The first offered subprotocol that carries a token.
    pub(super) token_subprotocol: Option<&'a str>,
}

/// What a connection is admitted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// A worker connection.
    Worker {
        /// It showed the operator token.
        trusted: bool,
    },
    /// A telemetry connection.
    Telemetry,
    /// One end of a channel; its key is still to be checked.
    Channel {
        /// The channel.
        id: String,
        /// The key shown.
        key: String,
        /// Which end.
        direction: Direction,
    },
}

/// A refusal as an HTTP status and a text that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) body: &'static str,
}

/// The subprotocol that carries a token, if this is one.
pub(super) fn is_token_subprotocol(name: &str) -> bool {
    name.starts_with(TOKEN_SUBPROTOCOL)
}

/// Decides about a request.
pub(super) fn decide(
    head: &Head<'_>,
    listener: &ListenerConfig,
    local: IpAddr,
) -> Result<Admission, Refused> {
    check_host(head, local)?;
    check_origin(head, listener)?;
    match head.path {
        "/" => Ok(Admission::Worker {
            trusted: check_token(head, listener)?,
        }),
        "/otel" => check_token(head, listener).map(|_| Admission::Telemetry),
        path => match path.strip_prefix("/ws/channels/") {
            Some(id) => channel(id, head),
            None => refuse(404, ""),
        },
    }
}

fn refuse<T>(status: u16, body: &'static str) -> Result<T, Refused> {
    Err(Refused { status, body })
}

/// On loopback the Host header must be a loopback name: a page that rebinds its own name to
/// 127.0.0.1 must not get in.
fn check_host(head: &Head<'_>, local: IpAddr) -> Result<(), Refused> {
    if !local.is_loopback() {
        return Ok(());
    }
    let Some(host) = head.host else {
        return refuse(400, "the Host header is missing\n");
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let loopback = name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if loopback {
        Ok(())
    } else {
        refuse(
            403,
            "this listener answers only to loopback names such as localhost\n",
        )
    }
}

/// Without an Origin header the client is no browser page; with one it must be expected.
fn check_origin(head: &Head<'_>, listener: &ListenerConfig) -> Result<(), Refused> {
    let Some(origin) = head.origin else {
        return Ok(());
    };
    let allowed = |known: &String| known == "*" || known.eq_ignore_ascii_case(origin);
    if listener.allowed_origins.iter().any(allowed) {
        Ok(())
    } else {
        refuse(
            403,
            "this origin is not in the listener's `allowed_origins`\n",
        )
    }
}

/// Whether the token shown is the operator's; refuses when one is needed and none fits.
fn check_token(head: &Head<'_>, listener: &ListenerConfig) -> Result<bool, Refused> {
    let bearer = head.authorization.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let offered = head
        .token_subprotocol
        .and_then(|name| name.strip_prefix(TOKEN_SUBPROTOCOL));
    let shown = bearer.or(offered).or(head.query_token);
    let fits = |wanted: &Option<String>| match (wanted, shown) {
        (Some(wanted), Some(shown)) => bool::from(wanted.as_bytes().ct_eq(shown.as_bytes())),
        _ => false,
    };
    if fits(&listener.operator_token) {
        return Ok(true);
    }
    if listener.token.is_none() || fits(&listener.token) {
        return Ok(false);
    }
    refuse(
        401,
        "this listener needs its token: `Authorization: Bearer TOKEN`, the subprotocol \
         `iii.token.TOKEN`, or `?token=TOKEN`\n",
    )
}

/// A channel is admitted by its key alone.
fn channel(id: &str, head: &Head<'_>) -> Result<Admission, Refused> {
    let direction = match head.channel_direction {
        Some("read") => Direction::Read,
        Some("write") => Direction::Write,
        _ => return refuse(400, "`dir` must be read or write\n"),
    };
    Ok(Admission::Channel {
        id: id.to_owned(),
        key: head.channel_key.unwrap_or_default().to_owned(),
        direction,
    })
}

#[cfg(test)]
mod tests;
