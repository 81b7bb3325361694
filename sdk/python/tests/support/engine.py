"""The real engine as a process."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import pytest

_CONFIG = """\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: state
  - name: http
    config:
      port: ${III_TEST_HTTP_PORT:0}
"""


class Engine:
    """A running `iii serve` in a folder of its own; it ends with the block."""

    def __init__(self, binary: str) -> None:
        self._binary = binary
        self._folder = tempfile.TemporaryDirectory()
        (Path(self._folder.name) / "iii-config.yaml").write_text(_CONFIG)
        self.url = ""
        self.http_url = ""
        self._spawn({})

    @classmethod
    def start(cls) -> Self:
        """Starts it, or skips the test."""
        binary = os.environ.get("III_BIN")
        if not binary:
            pytest.skip("III_BIN does not name the engine's binary")
        return cls(binary)

    def _spawn(self, ports: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [self._binary, "serve", "--json"],
            cwd=self._folder.name,
            env={**os.environ, **ports},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        assert ready["event"] == "ready", ready
        self.url = ready["listeners"][0]
        self.http_url = next(w["address"] for w in ready["workers"] if w["name"] == "http")

    def kill(self) -> None:
        """Sends SIGKILL."""
        self._process.kill()
        self._process.communicate()

    def restart(self) -> None:
        """Starts it again on the same ports."""
        port, http = self.url.rpartition(":")[2], self.http_url.rpartition(":")[2]
        self._spawn({"III_TEST_PORT": port, "III_TEST_HTTP_PORT": http})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._folder.cleanup()
