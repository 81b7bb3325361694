"""The worker `tax`: what is added in which country."""

import signal
import sys

from iii_kit import HandlerError, InitOptions, register_worker

PERCENT = {"de": 19, "fr": 20, "se": 25}

iii = register_worker(sys.argv[1] if len(sys.argv) > 1 else None, InitOptions(worker_name="tax"))


def rate(place, ctx):
    country = place["country"]
    if country not in PERCENT:
        raise HandlerError("unknown_country", f"no tax is known for `{country}`")
    hop = {"language": "python", "trace": ctx.trace_id}
    return {"percent": PERCENT[country], "hop": hop}


iii.register_function("tax::rate", rate)
signal.signal(signal.SIGTERM, lambda *_: iii.shutdown())
