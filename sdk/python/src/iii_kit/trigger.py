"""Triggers and those who provide them."""

from ._triggers import BoundTrigger, Fired, Trigger, TriggerConfig, TriggerHandler
from ._types import TriggerActionVoid

__all__ = [
    "BoundTrigger",
    "Fired",
    "Trigger",
    "TriggerActionVoid",
    "TriggerConfig",
    "TriggerHandler",
]
