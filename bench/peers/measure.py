"""Options, timing and the JSON line that all peers share; keys as in ../benchmark.ts."""
import argparse
import json
import resource
import statistics
import time

import torch


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    return options


def report(benchmark, run, tokens, steps_per_run, options):
    """Runs once to warm up, then `steps` times, and prints one JSON object. `tokens`: of one step."""
    seconds = []
    for _ in range(options.steps + 1):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            run()
        seconds.append(time.perf_counter() - start)
    first, steady = seconds[0], seconds[1:]
    middle = statistics.median(steady)
    print(json.dumps({
        "benchmark": benchmark,
        "tokensPerSecond": tokens * steps_per_run / middle,
        "compileSeconds": max(0, first - middle),
        "stepSecondsMedian": middle / steps_per_run,
        "stepSecondsRange": [min(steady) / steps_per_run, max(steady) / steps_per_run],
        "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "precision": options.precision,
        "mode": "compile" if options.compile else "eager",
        "seed": options.seed,
        "threads": options.threads,
        "torch": torch.__version__,
    }))
