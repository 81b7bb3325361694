"""What a measurement is."""

from __future__ import annotations

Figures = dict[str, float]


def figures(times_s: list[float], took_s: float) -> Figures:
    """Rate and latencies of so many calls."""
    ordered = sorted(times_s)
    last = len(ordered) - 1
    return {
        "calls_per_s": round(len(ordered) / took_s),
        "p50_us": round(ordered[last // 2] * 1e6),
        "p99_us": round(ordered[last * 99 // 100] * 1e6),
    }
