"""A worker that has a page show something: `show.py URL TEXT`."""

import json
import sys

from iii_kit import InitOptions, register_worker

with register_worker(sys.argv[1], InitOptions(worker_name="show")) as iii:
    answer = iii.trigger({"function_id": "page::show", "payload": {"text": sys.argv[2]}})
    print(json.dumps(answer))
