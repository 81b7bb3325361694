"""The golden vectors of the protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iii_kit import _codec
from iii_kit._codec import DecodeError

_FOLDER = Path(__file__).parents[3] / "protocol" / "vectors"
#: What this end of the protocol does not look at, with the reason.
_LEFT_OUT = {
    "escaped_key": "names of envelope fields are never written with escapes, so both readings do",
    "nested_too_deeply": "the engine bounds the depth of what it lets through",
}


def vectors() -> list[Any]:
    found: list[Any] = []
    for file in sorted(_FOLDER.glob("*.json")):
        for vector in json.loads(file.read_text(encoding="utf-8")):
            found.append(pytest.param(vector, id=f"{file.stem}-{vector['name']}"))
    return found


def wire_of(vector: dict[str, Any]) -> bytes:
    if vector.get("wire_hex") is not None:
        return bytes.fromhex(vector["wire_hex"])
    wire: str = vector["wire"]
    if vector.get("fill"):
        wire = wire.replace("…", "x" * vector["fill"])
    return wire.encode()


def filled(value: Any, fill: int | None) -> Any:
    return json.loads(json.dumps(value).replace("\\u2026", "x" * fill)) if fill else value


@pytest.mark.parametrize("vector", vectors())
def test_vector(vector: dict[str, Any]) -> None:
    wire = wire_of(vector)
    if vector["name"] in _LEFT_OUT:
        return
    if not vector["valid"]:
        with pytest.raises(DecodeError) as found:
            _codec.decode(wire)
        assert found.value.kind == vector["error_code"]
        assert found.value.field == vector.get("field")
        assert found.value.invocation_id == vector.get("invocation_id")
        return
    value = filled(vector["value"], vector.get("fill"))
    assert _codec.decode(wire) == value
    if vector.get("canonical"):
        # The payloads are values here, so that their text is the one that Python writes.
        text = json.dumps(json.loads(wire), ensure_ascii=False, separators=(",", ":"))
        assert json.loads(_codec.encode(value)) == json.loads(text)
        assert list(json.loads(_codec.encode(value))) == list(json.loads(text))


def test_there_are_vectors() -> None:
    assert len(vectors()) > 100


def test_calls_and_results_are_written_in_canonical_order() -> None:
    rest = _codec.call_rest(b'{"type":"void"}', b"1", "eu", ("00-a-b-01", "s=1", "k=v"))
    call = _codec.encode_call("i", "f", b"[1]", rest, 5, "p")
    assert call == _codec.encode(json.loads(call))
    for result, quiet in ((None, True), (b"null", True), (b"1", False)):
        wire = _codec.encode_result("i", "f", result, quiet)
        assert wire == _codec.encode(json.loads(wire))
    odd = _codec.encode_result('i"', 'f"', b"1", False)
    assert json.loads(odd)["invocation_id"] == 'i"'


def test_the_error_codes_are_those_of_the_protocol() -> None:
    package = Path(_codec.__file__).parent
    generated = _FOLDER.parent / "generated" / "errors.py"
    assert (package / "_error_codes.py").read_text() == generated.read_text()
