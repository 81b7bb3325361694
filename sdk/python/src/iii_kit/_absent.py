"""The difference between nothing and `null`."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


#: No value at all, which on the wire is not the same as `None`.
#:
#: ```python
#: iii.trigger({"function_id": "jobs::next"})                      # no input
#: iii.trigger({"function_id": "jobs::next", "payload": None})     # the input `null`
#: ```
#:
#: A handler that returns `ABSENT` answers without a result.
ABSENT: Final = Absent.ABSENT
