"""A worker in an empty project: offers a function, calls it, ends by itself."""

import json
import sys

from iii_kit import InitOptions, register_worker


def greet(person):
    return {"greeting": f"hello {person['name']}"}


iii = register_worker(sys.argv[1], InitOptions(worker_name="greeter"))
iii.register_function("greet", greet)
answer = iii.trigger({"function_id": "greet", "payload": {"name": "ada"}})
print(json.dumps(answer))
iii.shutdown()
