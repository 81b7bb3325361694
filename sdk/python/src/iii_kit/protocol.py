"""Names of the protocol."""

from __future__ import annotations

from enum import Enum

from ._introduction import FEATURE
from ._types import RegisterTriggerInput, RegisterTriggerTypeInput, TriggerRequest

#: What this package can do beyond the base protocol.
SDK_FEATURES = (FEATURE,)


class MessageType(str, Enum):
    """The messages of the protocol.

    ```python
    assert MessageType.INVOKE_FUNCTION == "invokefunction"
    ```
    """

    REGISTER_FUNCTION = "registerfunction"
    UNREGISTER_FUNCTION = "unregisterfunction"
    REGISTER_SERVICE = "registerservice"
    INVOKE_FUNCTION = "invokefunction"
    INVOCATION_RESULT = "invocationresult"
    CANCEL_INVOCATION = "cancelinvocation"
    REGISTER_TRIGGER_TYPE = "registertriggertype"
    REGISTER_TRIGGER = "registertrigger"
    UNREGISTER_TRIGGER = "unregistertrigger"
    UNREGISTER_TRIGGER_TYPE = "unregistertriggertype"
    TRIGGER_REGISTRATION_RESULT = "triggerregistrationresult"
    TRIGGER_TYPE_REGISTERED = "triggertyperegistered"
    FUNCTION_REGISTERED = "functionregistered"
    WORKER_REGISTERED = "workerregistered"
    REGISTRATION_REJECTED = "registrationrejected"
    REATTACH = "reattach"
    DRAIN = "drain"
    ERROR = "error"
    PING = "ping"
    PONG = "pong"


__all__ = [
    "SDK_FEATURES",
    "MessageType",
    "RegisterTriggerInput",
    "RegisterTriggerTypeInput",
    "TriggerRequest",
]
