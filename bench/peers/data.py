"""Reads, templates and tokenizes pairs with datasets and the fast tokenizer, two texts a row, on the terms of ../data.ts."""
import argparse
import json
import os
import resource
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", required=True)
parser.add_argument("--tokenizer", required=True)
parser.add_argument("--workers", type=int, default=1)
parser.add_argument("--first", type=int, default=0, help="rows whose ids are printed")
options = parser.parse_args()

# One thread a process: more than one is measured by more processes.
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import tokenizers
import transformers

datasets.disable_progress_bars()
tokenizer = transformers.AutoTokenizer.from_pretrained(options.tokenizer)


def tokenize(batch):
    ids = {}
    for side in ("chosen", "rejected"):
        texts = [
            tokenizer.apply_chat_template(prompt + answer, tokenize=False)
            for prompt, answer in zip(batch["prompt"], batch[side])
        ]
        ids[f"{side}_ids"] = tokenizer(texts, add_special_tokens=False, return_attention_mask=False)["input_ids"]
    return ids


def through_end(ids):
    """Without what the template writes behind the end token: nashtune leaves it out."""
    return ids[: len(ids) - ids[::-1].index(tokenizer.eos_token_id)]


def cpu_seconds():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


with tempfile.TemporaryDirectory() as cache:
    start, cpu = time.perf_counter(), cpu_seconds()
    rows = datasets.load_dataset("json", data_files=options.pairs, split="train", cache_dir=cache)
    processes = {"num_proc": options.workers} if options.workers > 1 else {}
    tokenized = rows.map(tokenize, batched=True, remove_columns=rows.column_names, **processes)
    end = time.perf_counter()
    print(json.dumps({
        "rows": len(tokenized),
        "seconds": end - start,
        "cpuSeconds": cpu_seconds() - cpu,
        "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "first": [
            [through_end(row["chosen_ids"]), through_end(row["rejected_ids"])]
            for row in tokenized.select(range(options.first))
        ],
        "versions": f"datasets {datasets.__version__}, tokenizers {tokenizers.__version__}, "
        f"transformers {transformers.__version__}",
    }))
