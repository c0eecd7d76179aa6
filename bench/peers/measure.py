"""Timing and the JSON line that all peers share; keys as in ../benchmark.ts."""
import json
import os
import resource
import statistics
import time


def process_start():
    """When this process was started, seconds since 1970; Linux."""
    with open("/proc/self/stat", encoding="utf-8") as file:
        ticks = int(file.read().rsplit(")", 1)[1].split()[19])
    with open("/proc/uptime", encoding="utf-8") as file:
        uptime = float(file.read().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


def quantile(values, share):
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))


def report(benchmark, warm_up, steady, tokens, steps_per_run=1, **more):
    """Prints one JSON object. Seconds of the runs that came first and of those that count; `tokens` of the latter."""
    middle = statistics.median(steady)
    print(json.dumps({
        "benchmark": benchmark,
        "tokensPerSecond": tokens / sum(steady),
        "compileSeconds": max(0, sum(warm_up) - len(warm_up) * middle),
        "stepSecondsMedian": middle / steps_per_run,
        "stepSecondsRange": [min(steady) / steps_per_run, max(steady) / steps_per_run],
        "spread": (quantile(steady, 0.75) - quantile(steady, 0.25)) / middle,
        "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "tokens": tokens,
        "steps": len(steady),
        **more,
    }))
