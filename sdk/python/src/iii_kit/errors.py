from ._error_codes import ERRORS, ErrorCode, ErrorInfo
from ._errors import (
    ChannelError,
    ConnectionLostError,
    HandlerError,
    IIIError,
    InvocationError,
    InvocationTimeout,
    ObserveRejection,
    OverloadedError,
    RegistrationError,
    RegistrationRejectedError,
)
from ._errors import __doc__ as __doc__

__all__ = [
    "ERRORS",
    "ChannelError",
    "ConnectionLostError",
    "ErrorCode",
    "ErrorInfo",
    "HandlerError",
    "IIIError",
    "InvocationError",
    "InvocationTimeout",
    "ObserveRejection",
    "OverloadedError",
    "RegistrationError",
    "RegistrationRejectedError",
]
