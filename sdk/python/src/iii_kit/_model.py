"""Records: plain data classes with the few methods that programs expect of models."""

from __future__ import annotations

import dataclasses
from typing import Any, Self, cast

from . import _json


class Record:
    """The base of the data classes of this package.

    They are made by keyword, and offer `model_dump`, `model_dump_json` and `model_validate` like
    pydantic models, so that programs written for those run without pydantic.
    """

    def model_dump(
        self, *, exclude_none: bool = False, by_alias: bool = False, mode: str = "python"
    ) -> dict[str, Any]:
        """The fields as a dictionary, nested records included."""
        del by_alias, mode
        fields = dataclasses.fields(cast(Any, self))
        dumped = {field.name: _dumped(getattr(self, field.name), exclude_none) for field in fields}
        if exclude_none:
            return {name: value for name, value in dumped.items() if value is not None}
        return dumped

    def model_dump_json(self, *, exclude_none: bool = False) -> str:
        """The fields as JSON text."""
        return _json.dumps(self.model_dump(exclude_none=exclude_none)).decode()

    @classmethod
    def model_validate(cls, value: Any) -> Self:
        """A record of a dictionary's fields; unknown ones are ignored."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, dict):
            raise ValueError(f"a `{cls.__name__}` is made of an object, not of {value!r}")
        given = cast(dict[str, Any], value)
        names = {field.name for field in dataclasses.fields(cast(Any, cls)) if field.init}
        known = {name: item for name, item in given.items() if name in names}
        try:
            return cls(**known)
        except TypeError as error:
            raise ValueError(str(error)) from error

    def __iii_json__(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


def _dumped(value: Any, exclude_none: bool) -> Any:
    if isinstance(value, Record):
        return value.model_dump(exclude_none=exclude_none)
    if isinstance(value, list):
        return [_dumped(item, exclude_none) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        items = cast(dict[Any, Any], value).items()
        return {key: _dumped(item, exclude_none) for key, item in items}
    return value
