"""Generation of responses of imposed lengths by transformers, on the job that ../peerTable/job.ts writes."""
import json
import sys
import time

import torch
import transformers

from imposed import draw
from measure import report

with open(sys.argv[1], encoding="utf-8") as file:
    job = json.load(file)
torch.set_num_threads(job["threads"])
transformers.set_seed(job["seed"])
transformers.logging.set_verbosity_error()
dtype = torch.bfloat16 if job["precision"] == "bf16" else torch.float32
model = transformers.AutoModelForCausalLM.from_pretrained(job["model"], dtype=dtype).eval()
prompts, stops = job["prompts"], job["stops"]


def generate(rows):
    lengths = [length for _, length in rows]
    drawn = draw(model, [prompts[row] for row, _ in rows], lengths, job["padToken"])
    return sum(map(len, drawn))


def timed(responses, size):
    """Tokens and seconds."""
    start = time.perf_counter()
    return sum(generate(responses[i : i + size]) for i in range(0, len(responses), size)), time.perf_counter() - start


responses = [(row, length) for row, lengths in enumerate(stops) for length in lengths]
with torch.inference_mode():
    generate(responses[:8])
    # Its best batch size, found on a part.
    speeds = {}
    for size in job["batchSizes"]:
        tokens, seconds = timed(responses[: max(job["batchSizes"])], size)
        speeds[size] = tokens / seconds
    best = max(speeds, key=speeds.get)
    tokens, seconds = timed(responses, best)
versions = f"transformers {transformers.__version__}, PyTorch {torch.__version__}, batch size {best}"
report("generate", [], [seconds], tokens, precision=job["precision"], speeds=speeds, versions=versions)
