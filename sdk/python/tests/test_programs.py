"""Whole programs: the examples of the README, and how processes end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.engine import Engine
from support.patience import PATIENCE_S

_HERE = Path(__file__).parent
_EXAMPLES = re.findall(r"```python\n(.*?)```", (_HERE.parent / "README.md").read_text(), re.DOTALL)
_SAID = ["{'ok': True}", "42", "", "1000000"]


def run(engine: Engine, program: str) -> subprocess.CompletedProcess[str]:
    source = program.replace("ws://localhost:49134", engine.url)
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", source],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("III_")}
    return {**kept, "PYTHONPATH": str(_HERE.parent / "src")}


@pytest.mark.parametrize(("number", "said"), list(enumerate(_SAID)))
def test_an_example_of_the_readme(shared_engine: Engine, number: int, said: str) -> None:
    ran = run(shared_engine, _EXAMPLES[number])
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip() == said


def test_every_example_is_run() -> None:
    assert len(_EXAMPLES) == len(_SAID)


def test_a_program_that_only_calls_ends_and_its_last_word_arrives(shared_engine: Engine) -> None:
    ran = run(
        shared_engine,
        "from iii_kit import *\n"
        "iii = register_worker('ws://localhost:49134', InitOptions(worker_name='short'))\n"
        "value = {'scope': 'programs', 'key': 'last', 'value': 'word'}\n"
        "void = TriggerAction.Void()\n"
        "iii.trigger({'function_id': 'state::set', 'payload': value, 'action': void})\n",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = run(
        shared_engine,
        "from iii_kit import *\n"
        "with register_worker('ws://localhost:49134', InitOptions(worker_name='b')) as iii:\n"
        "    print(State(iii, 'programs').get('last'))\n",
    )
    assert ran.stdout.strip() == "word"


@pytest.mark.parametrize("ending", ["", "iii.serve_forever()\n"])
def test_a_program_that_offers_something_goes_on(shared_engine: Engine, ending: str) -> None:
    program = (
        "from iii_kit import *\n"
        f"iii = register_worker('{shared_engine.url}', InitOptions(worker_name='stays'))\n"
        "iii.register_function('stays::echo', lambda data: data).ready()\n"
        "print('ready', flush=True)\n"
    ) + ending
    command = [sys.executable, "-c", program]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        ran = run(
            shared_engine,
            "from iii_kit import *\n"
            "with register_worker('ws://localhost:49134', InitOptions(worker_name='b')) as iii:\n"
            "    print(iii.trigger({'function_id': 'stays::echo', 'payload': 5}))\n",
        )
        assert ran.stdout.strip() == "5"
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE_S)
        assert code == (0 if ending else -signal.SIGTERM)


def test_a_refused_worker_is_one_clear_error(shared_engine: Engine) -> None:
    ran = run(
        shared_engine,
        "from iii_kit import *\n"
        "iii = register_worker('ws://localhost:49134', InitOptions(worker_name='state'))\n"
        "iii.serve_forever()\n",
    )
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert "RegistrationRejectedError: WORKER_NAMESPACE_CONFLICT" in last
