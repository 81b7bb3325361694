"""Chooses the package that the programs run on: `III_PACKAGE=iii` (the published one, the default)
or `iii_kit`. Import it first; the programs themselves are the same for both.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import os
import sys
from types import ModuleType

NAME = os.environ.get("III_PACKAGE", "iii")
#: What the engine is told as the version of the client.
VERSION = (
    importlib.metadata.version("iii-sdk")
    if NAME == "iii"
    else importlib.import_module(NAME).__version__
)
#: Where the package says that telemetry has a way to the engine.
TELEMETRY_LOG = "iii.telemetry_exporters" if NAME == "iii" else "iii_kit"


class Renamed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """What a program does by hand that changes its imports."""

    def find_spec(self, fullname: str, path=None, target=None):
        if fullname.split(".")[0] in ("iii", "iii_helpers"):
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        _, _, rest = spec.name.partition(".")
        return importlib.import_module(f"{NAME}.{rest}" if rest else NAME)

    def exec_module(self, module: ModuleType) -> None:
        pass


if NAME != "iii":
    sys.meta_path.insert(0, Renamed())
