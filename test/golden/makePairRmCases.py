"""Writes pairRm/hf: a tiny PairRM in the layout of llm-blender/PairRM-hf, with a tokenizer, and its logits of texts.

Made with Python 3.11, torch 2.15.0, transformers 5.18.0, tokenizers 0.23.3 and safetensors 0.8.0, on a CPU. Run:

    pip install torch==2.15.0 transformers==5.18.0 tokenizers==0.23.3 safetensors==0.8.0
    python test/golden/makePairRmCases.py

The input format and the head are written here from the paper and llm-blender's description, apart from our own code: the
encoder and the tokenizer are those of transformers.
"""

import json
from pathlib import Path

import safetensors.torch
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from torch import nn
from transformers import DebertaV2Config, DebertaV2Model, DebertaV2Tokenizer

FOLDER = Path(__file__).parent / "pairRm" / "hf"
SOURCE_LENGTH, CANDIDATE_LENGTH = 1224, 412
MARKERS = ["<|source|>", "<|candidate1|>", "<|candidate2|>", "<|candidate|>"]
WORDS = "the red bird sings at noon near a quiet river while nine old stones rest; hello, I love you! No? 7 + 5 = 12."
LONG = " ".join(f"{word} {i}" for i, word in enumerate(WORDS.split() * 80))

CASES = [
    ("hello!", "hi!", "I love you!"),
    ("hello!", "I love you!", "hi!"),
    ("Where does the bird rest?", "", "near a river"),
    ("A [SEP] in the text", "two  spaces\nand lines [SEP]", "na\u00efve caf\u00e9 \U0001f600"),
    (LONG, "short", LONG),
    ("hello!", LONG + " first", LONG),
]


def train_tokenizer() -> DebertaV2Tokenizer:
    trained = Tokenizer(models.Unigram())
    trained.normalizer = normalizers.Replace(" ", "\u2581")
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=[], unk_token="[UNK]")
    trained.train_from_iterator([WORDS, WORDS.lower()] * 5, trainer)
    pieces = json.loads(trained.to_str())["model"]["vocab"]
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    vocab = [(token, 0.0) for token in special] + [(p, s) for p, s in pieces if p not in special] + [("[MASK]", 0.0)]
    tokenizer = DebertaV2Tokenizer(vocab=vocab)
    tokenizer.add_tokens(MARKERS)
    return tokenizer


def encode(tokenizer: DebertaV2Tokenizer, source: str, left: str, right: str) -> list[int]:
    def cut(text: str, longest: int) -> list[int]:
        return tokenizer(text.replace("[SEP]", " "), truncation=True, max_length=longest)["input_ids"]

    first = cut("<|source|>" + source, SOURCE_LENGTH)
    longest = (SOURCE_LENGTH + 2 * CANDIDATE_LENGTH - len(first)) // 2
    return first + cut("<|candidate1|>" + left, longest) + cut("<|candidate2|>" + right, longest)


def main() -> None:
    tokenizer = train_tokenizer()
    config = DebertaV2Config(
        vocab_size=len(tokenizer), hidden_size=16, num_attention_heads=2, num_hidden_layers=2, intermediate_size=24,
        max_position_embeddings=64, relative_attention=True, position_biased_input=False, type_vocab_size=0,
        pad_token_id=0, position_buckets=16, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type=["p2c", "c2p"],
    )  # fmt: skip
    torch.manual_seed(7)
    encoder = DebertaV2Model(config).eval()
    head = nn.Sequential(nn.Dropout(0.05), nn.Linear(32, 16), nn.Tanh(), nn.Dropout(0.05), nn.Linear(16, 1)).eval()
    with torch.no_grad():
        for name, parameter in [*encoder.named_parameters(), *head.named_parameters()]:
            parameter.normal_(1 if name.endswith("LayerNorm.weight") else 0, 0.5 if parameter.dim() > 1 else 0.2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(FOLDER)
    settings = {**config.to_dict(), "n_tasks": 1, "drop_out": 0.05, "sep_token_id": 2, "cls_token_id": 1}
    for name, token in zip(["source", "cand1", "cand2", "cand"], MARKERS, strict=True):
        settings[f"{name}_prefix_id"] = tokenizer.convert_tokens_to_ids(token)
    (FOLDER / "config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")
    weights = {f"pretrained_model.{name}": value for name, value in encoder.state_dict().items()}
    weights |= {f"head_layer.{name}": value for name, value in head.state_dict().items()}
    safetensors.torch.save_file(weights, FOLDER / "model.safetensors")
    cases = []
    for source, left, right in CASES:
        ids = encode(tokenizer, source, left, right)
        with torch.no_grad():
            hidden = encoder(input_ids=torch.tensor([ids])).last_hidden_state[0]
            states = [hidden[ids.index(settings[f"{name}_prefix_id"])] for name in ("source", "cand1", "cand2")]
            scores = [head(torch.cat([states[0], answer])).item() for answer in states[1:]]
        cases.append({"source": source, "left": left, "right": right, "ids": ids, "scores": scores})
    (FOLDER / "expected.json").write_text(json.dumps(cases, ensure_ascii=True) + "\n")
    for case in cases:
        print(len(case["ids"]), case["scores"], tokenizer.convert_ids_to_tokens(case["ids"])[:24])


main()
