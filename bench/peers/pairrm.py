"""PairRM's encoder and head in transformers, on the terms of ../pairRm.ts: 8 pairs of 256 tokens, random weights."""
import argparse
import time

import torch
import transformers
from transformers import DebertaV2Config, DebertaV2Model

from measure import report

PAIRS, LENGTH = 8, 256

parser = argparse.ArgumentParser()
parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
parser.add_argument("--compile", action="store_true")
parser.add_argument("--steps", type=int, default=5)
parser.add_argument("--threads", type=int, default=torch.get_num_threads())
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)
config = DebertaV2Config(
    vocab_size=1024, hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
    max_position_embeddings=512, max_relative_positions=-1, position_buckets=256, norm_rel_ebd="layer_norm",
    share_att_key=True, pos_att_type=["p2c", "c2p"], relative_attention=True, position_biased_input=False,
    type_vocab_size=0,
)  # fmt: skip
head = torch.nn.Sequential(torch.nn.Linear(2048, 1024), torch.nn.Tanh(), torch.nn.Linear(1024, 1)).eval()
model = DebertaV2Model(config).eval()
if options.precision == "bf16":
    # Weights in bfloat16 from the start: autocast alone would cast them in every step.
    model, head = model.bfloat16(), head.bfloat16()
forward = torch.compile(model) if options.compile else model
ids = torch.randint(0, 1024, (PAIRS, LENGTH))
mask = torch.ones_like(ids)


@torch.inference_mode()
def score():
    hidden = forward(input_ids=ids, attention_mask=mask).last_hidden_state
    left, right = (head(torch.cat([hidden[:, 1], hidden[:, place]], -1)) for place in (100, 180))
    (left - right).tolist()


seconds = []
for _ in range(options.steps + 1):
    start = time.perf_counter()
    score()
    seconds.append(time.perf_counter() - start)
versions = f"transformers {transformers.__version__}, PyTorch {torch.__version__}"
report("pairrm", seconds[:1], seconds[1:], options.steps * PAIRS * LENGTH, precision=options.precision, versions=versions)
