"""How long to wait before the next attempt to connect."""

from __future__ import annotations

from collections.abc import Callable
from random import random as system_random

from ._types import ReconnectionConfig


class Backoff:
    """Growing pauses with jitter, so that a thousand workers do not come back at once."""

    def __init__(
        self, config: ReconnectionConfig, random: Callable[[], float] = system_random
    ) -> None:
        self._config = config
        self._random = random
        self._attempts = 0

    def next(self) -> float:
        """Seconds until the next attempt."""
        config = self._config
        longest = config.max_delay_ms / 1000
        growth = config.backoff_multiplier ** min(self._attempts, 32)
        pause = min(config.initial_delay_ms / 1000 * growth, longest)
        self._attempts += 1
        jitter = 1 + config.jitter_factor * (2 * self._random() - 1)
        return min(pause * jitter, longest)

    def reset(self) -> None:
        """The connection was a good one: the next pause is short again."""
        self._attempts = 0
