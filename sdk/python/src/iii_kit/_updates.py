"""Changes to stored values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ._model import Record

#: Where to merge or append: a field, or the way to a nested one.
MergePath = str | list[str]


@dataclass(slots=True, kw_only=True)
class UpdateSet(Record):
    """Sets a field.

    ```python
    UpdateSet(path=..., value=...)
    ```
    """

    path: str
    value: Any
    type: Literal["set"] = "set"


@dataclass(slots=True, kw_only=True)
class UpdateIncrement(Record):
    """Adds to a number.

    ```python
    UpdateIncrement(path=..., by=...)
    ```
    """

    path: str
    by: int | float
    type: Literal["increment"] = "increment"


@dataclass(slots=True, kw_only=True)
class UpdateDecrement(Record):
    """Subtracts from a number.

    ```python
    UpdateDecrement(path=..., by=...)
    ```
    """

    path: str
    by: int | float
    type: Literal["decrement"] = "decrement"


@dataclass(slots=True, kw_only=True)
class UpdateAppend(Record):
    """Appends to a list or a text.

    ```python
    UpdateAppend(value=...)
    ```
    """

    value: Any
    path: MergePath | None = None
    type: Literal["append"] = "append"


@dataclass(slots=True, kw_only=True)
class UpdateRemove(Record):
    """Removes a field.

    ```python
    UpdateRemove(path=...)
    ```
    """

    path: str
    type: Literal["remove"] = "remove"


@dataclass(slots=True, kw_only=True)
class UpdateMerge(Record):
    """Merges an object into another.

    ```python
    UpdateMerge(value=...)
    ```
    """

    value: Any
    path: MergePath | None = None
    type: Literal["merge"] = "merge"


UpdateOp = UpdateSet | UpdateIncrement | UpdateDecrement | UpdateAppend | UpdateRemove | UpdateMerge


@dataclass(slots=True, kw_only=True)
class UpdateOpError(Record):
    """Why one change of several was not made.

    ```python
    UpdateOpError(op_index=..., code=..., message=...)
    ```
    """

    op_index: int
    code: str
    message: str
    doc_url: str | None = None
