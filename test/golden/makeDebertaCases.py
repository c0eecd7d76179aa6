"""Writes deberta/: tiny random DeBERTa encoders, and the hidden states that transformers computes with them.

Made with Python 3.11, torch 2.15.0, transformers 5.18.0 and safetensors 0.8.0, on a CPU. Run:

    pip install torch==2.15.0 transformers==5.18.0 safetensors==0.8.0
    python test/golden/makeDebertaCases.py
"""

import json
from pathlib import Path

import safetensors.torch
import torch
from transformers import DebertaV2Config, DebertaV2Model

FOLDER = Path(__file__).parent / "deberta"

COMMON = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 64,
    "relative_attention": True,
    "position_biased_input": False,
    "type_vocab_size": 0,
    "pad_token_id": 0,
}
V3 = {"position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True, "pos_att_type": ["p2c", "c2p"]}

# Configuration, lengths of the rows, and the places whose states are kept.
CASES = {
    "v3": (V3, [70, 23, 1], None),
    "long": (V3, [600, 300], [0, 1, 255, 256, 257, 299, 511, 599]),
    "own_projections": ({**V3, "share_att_key": False, "pos_att_type": "c2p|p2c", "norm_rel_ebd": "none"}, [30, 12], None),
    "c2p_only": ({**V3, "pos_att_type": ["c2p"], "position_buckets": -1, "max_relative_positions": 12}, [30, 12], None),
    "p2c_only": ({**V3, "pos_att_type": ["p2c"], "hidden_act": "gelu_new", "layer_norm_eps": 1e-3}, [30, 12], None),
}


def make(case: str, options: dict, lengths: list[int], places: list[int] | None) -> None:
    config = DebertaV2Config(**COMMON, **options)
    torch.manual_seed(sum(map(ord, case)))
    model = DebertaV2Model(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1 if name.endswith("LayerNorm.weight") else 0, 0.3 if parameter.dim() > 1 else 0.2)
    longest = max(lengths)
    ids = torch.zeros(len(lengths), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(1, config.vocab_size, (length,))
        mask[row, :length] = 1
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    kept = places if places is not None else list(range(longest))
    folder = FOLDER / case
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2, sort_keys=True) + "\n")
    safetensors.torch.save_file(model.state_dict(), folder / "model.safetensors")
    written = {"input_ids": ids.tolist(), "lengths": lengths, "places": kept}
    (folder / "case.json").write_text(json.dumps(written) + "\n")
    safetensors.torch.save_file({"hidden": hidden[:, kept].contiguous()}, folder / "expected.safetensors")


for name, options in CASES.items():
    make(name, *options)
