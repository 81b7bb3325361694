"""From options to the parts of a client."""

from __future__ import annotations

from . import _env
from ._telemetry import Telemetry
from ._transport.base import Dialer
from ._transport.ws import WsDialer
from ._types import DEFAULT_ENGINE_URL, InitOptions, OtelConfig


def make_dialer(address: str | Dialer | None, options: InitOptions) -> Dialer:
    """The way to the engine."""
    if address is not None and not isinstance(address, str):
        return address
    return WsDialer(
        address or _env.get(_env.URL) or DEFAULT_ENGINE_URL,
        token=options.token or _env.get(_env.TOKEN),
        headers=options.headers,
        ca_file=options.ca_file or _env.get(_env.CA_FILE),
        message_bytes_max=options.limits.message_bytes_max,
    )


def make_telemetry(options: InitOptions, name: str) -> Telemetry:
    """Where log lines and spans go."""
    given = options.otel
    config = OtelConfig.model_validate(given) if isinstance(given, dict) else given
    config = config or OtelConfig()
    enabled = config.enabled
    if enabled is None and _env.is_off(_env.OTEL_ENABLED):
        enabled = False
    service = config.service_name or _env.get(_env.OTEL_SERVICE_NAME) or name
    return Telemetry(
        service,
        options.limits.telemetry_items_max,
        logs=enabled is not False and config.logs_enabled is not False,
        spans=enabled is True,
    )
