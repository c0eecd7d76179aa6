"""PairRM's encoder and head in transformers, on the terms of ../pairRm.ts: 8 pairs of 256 tokens, random weights."""
import torch
from transformers import DebertaV2Config, DebertaV2Model

from measure import parse_options, report

PAIRS, LENGTH = 8, 256

options = parse_options()
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


report("pairrm", score, PAIRS * LENGTH, 1, options)
