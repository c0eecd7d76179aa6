"""Trains the tokenizers that benchmarks give to both sides, byte-level BPE in Qwen2's form: a policy's with the ChatML
template, or PairRM's with its markers."""
import argparse
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEMPLATE = """{%- if messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant") %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}"""
SPECIAL = {
    "policy": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    "judge": ["[PAD]", "[CLS]", "[SEP]", "<|source|>", "<|candidate1|>", "<|candidate2|>"],
}
NAMES = {
    "policy": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "chat_template": TEMPLATE},
    "judge": {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"},
}

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", required=True)
parser.add_argument("--out", required=True)
parser.add_argument("--kind", choices=list(SPECIAL), default="policy")
parser.add_argument("--vocabulary", type=int, default=32_000)
parser.add_argument("--rows", type=int, default=20_000, help="rows of the file to train on")
options = parser.parse_args()


def texts():
    with open(options.pairs, encoding="utf-8") as lines:
        for _, line in zip(range(options.rows), lines):
            row = json.loads(line)
            for side in ("prompt", "chosen", "rejected"):
                if isinstance(row[side], str):
                    yield row[side]
                else:
                    yield from (message["content"] for message in row[side])


tokenizer = Tokenizer(models.BPE())
tokenizer.normalizer = normalizers.NFC()
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(PATTERN), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(texts(), trainers.BpeTrainer(
    vocab_size=options.vocabulary,
    special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL[options.kind]],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
))
tokenizer.save(f"{options.out}/tokenizer.json")
with open(f"{options.out}/tokenizer_config.json", "w", encoding="utf-8") as file:
    json.dump({"tokenizer_class": "PreTrainedTokenizerFast", **NAMES[options.kind]}, file)
print(json.dumps({"vocabulary": tokenizer.get_vocab_size()}))
