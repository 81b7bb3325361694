"""What registrations return."""

from ._triggers import FunctionRef, TriggerTypeRef
from ._types import IIIConnectionState

__all__ = ["FunctionRef", "IIIConnectionState", "TriggerTypeRef"]
