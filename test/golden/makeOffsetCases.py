"""Writes tokenizerOffsets.json: where the Python library `tokenizers` says that tokens stand in their texts.

Made with Python 3.11 and tokenizers 0.23.3. Run:

    pip install tokenizers==0.23.3
    python test/golden/makeOffsetCases.py [--random N] [--out FILE] [FOLDER ...]

Without a folder it takes those of tokenizers/, each as it is and with parts of other models' pipelines in place of its own
(`change`: fields of tokenizer.json, added tokens beside those there are). Any other folder with a tokenizer.json is taken as
it is. `--random N` adds N random texts to each, for a search that is too large to keep: the test reads the file that
NASHTUNE_TOKENIZER_OFFSETS names. Offsets are in code points. Without special
tokens a case has only the `count` tokens from `before` on.
"""

import argparse
import json
import os
import random
from pathlib import Path

from tokenizers import Tokenizer

GOLDEN = Path(__file__).parent
EXPECTED = json.loads((GOLDEN / "tokenizers" / "expected.json").read_text())
TEXTS = list(dict.fromkeys(case["text"] for tokenizer in EXPECTED.values() for case in tokenizer["encode"])) + [
    "e\u0301 and é, o\u0302\u0323 and \u1ed9, \u1eb7\u0301x \u0344 a\u0315\u0300\u05ae\u0300b",
    "\u0301starts with a mark, ends with one x\u0323\u0307",
    "한국어 \u1112\u1161\u11ab\u1100\u116e\u11a8 각\u11a8",
    "ﬁne ﬂow ½ ① Ⅷ ㍿ ｈａｌｆ　ｗｉｄｅ … ™ ﷺ",
    "👨‍👩‍👧‍👦🏳️‍🌈👍🏽 flags 🇩🇪🇫🇷 𝒳𝔞𝟘",
    "İstanbul ΟΔΟΣ ΣΑΣ ẞtraße ǅ",
    "  leading, trailing  ",
    "\u00a0no\u00a0break\u2003em\u3000wide\u0085next\ufeffmark\u200bzero\u00ad",
    "a <x> b<x>c  <x>  <y> d <y>  <z>",
    "<x><x> <y><x>  <n>Norm</n>  NORM<|im_end|>",
    " \n\t <|im_start|> \n <s> </s><unk>",
    "Hello▁world ▁▁ ▁",
    "1,234.5?!... 'tis we'll—don’t “x”",
    "日本語のテキスト、中文。العربيّة हिन्दी ไทย",
    "\x00\x01\x7f\r\n\r\n\t\t",
    "the other, the\u0301, the_ the <y> \n the\u00adthe",
    "   ",
    "\U0010ffff\ufffd\ue000",
]
ALPHABET = [
    *" \n\t\u00a0\u3000\u0085\ufeff\u200d▁abcABC19½,.!'-",
    *["é", "e\u0301", "\u0323", "\u0307", "\u0300", "\u0344", "\u05ae", "\u1ed9", "\u1eb7", "한", "\u1112", "\u1161", "\u11ab"],
    *["ﬁ", "①", "Ａ", "İ", "Σ", "ß", "字", "ع", "ि", "😀", "👍🏽", "𝟘", "\U0001d15e", "\u0958", "\u1f82", "\u09c7\u09be"],
    *["<x>", "<y>", "<z>", "<n>", "</s>", "<s>", "<|im_end|>", "the", "the ", "Hello", "  ", "'ll", "ing"],
]

ADDED = [
    {"content": "<x>", "lstrip": True, "rstrip": False, "normalized": False, "special": True},
    {"content": "<y>", "lstrip": False, "rstrip": True, "normalized": False, "special": True},
    {"content": "<z>", "lstrip": True, "rstrip": True, "normalized": False, "special": False},
    {"content": "<n>", "lstrip": False, "rstrip": False, "normalized": True, "special": False},
    {"content": "Norm", "lstrip": True, "rstrip": True, "normalized": True, "special": False},
]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def sequence(kind: str, *parts: dict) -> dict:
    return {"type": "Sequence", kind: list(parts)}


def byte_level(prefix: bool = False, trim: bool = True, regex: bool = True) -> dict:
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": trim, "use_regex": regex}


def metaspace(scheme: str, split: bool) -> dict:
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}


def template(before: str) -> dict:
    return {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": before, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {before: {"id": before, "ids": [1], "tokens": [before]}},
    }


def split(pattern: dict, behavior: str, invert: bool = False) -> dict:
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def replace(pattern: dict, content: str) -> dict:
    return {"type": "Replace", "pattern": pattern, "content": content}


NFC, NFD, NFKC, NFKD = ({"type": form} for form in ("NFC", "NFD", "NFKC", "NFKD"))
LOWER, ACCENTS = {"type": "Lowercase"}, {"type": "StripAccents"}
STRIP = {"type": "Strip", "strip_left": True, "strip_right": True}
PREPEND = {"type": "Prepend", "prepend": "▁"}
SPACES = replace({"String": " "}, "▁")

CHANGES = {
    "bytelevel_bpe": {
        "as it is": {},
        "prefix space, as GPT-2 may": {"pre_tokenizer": byte_level(True), "post_processor": byte_level(True)},
        "trimmed, no prefix space": {"post_processor": byte_level(False), "added_tokens": ADDED},
        "prefix space, trimmed as if there were none": {
            "pre_tokenizer": byte_level(True),
            "post_processor": byte_level(False),
            "added_tokens": ADDED,
        },
        "RoBERTa": {
            "pre_tokenizer": byte_level(True),
            "post_processor": {
                "type": "RobertaProcessing",
                "sep": ["<|im_end|>", 2],
                "cls": ["<|im_start|>", 1],
                "trim_offsets": True,
                "add_prefix_space": True,
            },
            "added_tokens": ADDED,
        },
        "Llama 3": {
            "pre_tokenizer": sequence(
                "pretokenizers", split({"Regex": LLAMA3}, "Isolated"), byte_level(regex=False)
            ),
            "post_processor": sequence("processors", byte_level(True), template("<|im_start|>")),
            "model": {"ignore_merges": True},
        },
        "Qwen 2": {
            "normalizer": NFC,
            "pre_tokenizer": sequence(
                "pretokenizers", split({"Regex": LLAMA3}, "Isolated"), byte_level(trim=False, regex=False)
            ),
            "post_processor": byte_level(trim=False),
            "added_tokens": ADDED,
        },
        "NFKC, lower case, stripped": {
            "normalizer": sequence("normalizers", NFKC, LOWER, STRIP),
            "post_processor": byte_level(True),
            "added_tokens": ADDED,
        },
        "NFD without accents": {"normalizer": sequence("normalizers", NFD, ACCENTS), "added_tokens": ADDED},
        "NFKD, then NFC": {"normalizer": sequence("normalizers", NFKD, NFC)},
        "words replaced": {
            "normalizer": sequence(
                "normalizers", replace({"Regex": r"\s+|[aeiou]{2}"}, " 😀"), replace({"String": "ll"}, "")
            )
        },
        "digits, punctuation, spaces removed": {
            "pre_tokenizer": sequence(
                "pretokenizers",
                split({"Regex": r"\s+"}, "Removed"),
                {"type": "Digits", "individual_digits": True},
                {"type": "Punctuation", "behavior": "Isolated"},
                byte_level(),
            )
        },
        "words and punctuation": {
            "pre_tokenizer": sequence(
                "pretokenizers", {"type": "Whitespace"}, {"type": "Punctuation", "behavior": "Contiguous"}, byte_level(True)
            ),
            "post_processor": byte_level(True),
        },
    },
    "sentencepiece_bpe": {
        "as it is": {},
        "with added tokens": {"added_tokens": ADDED},
        "Metaspace before the first part": {
            "normalizer": None,
            "pre_tokenizer": metaspace("first", False),
            "added_tokens": ADDED,
        },
        "Metaspace before every part": {
            "normalizer": NFKC,
            "pre_tokenizer": metaspace("always", True),
            "added_tokens": ADDED,
        },
        "Gemma": {
            "normalizer": SPACES,
            "pre_tokenizer": split({"String": " "}, "MergedWithPrevious"),
            "added_tokens": [{**ADDED[0], "content": "\n\n", "lstrip": False, "special": False}],
        },
        "Phi 3, and words that are tokens": {
            "added_tokens": [
                {**ADDED[1], "special": False},
                {**ADDED[0], "content": "\n", "lstrip": False, "special": False},
                {**ADDED[0], "content": "the", "single_word": True, "special": False},
            ]
        },
        "stripped and prepended": {"normalizer": sequence("normalizers", NFC, STRIP, PREPEND, SPACES)},
        "unknown tokens fused": {"model": {"byte_fallback": False}},
        "unknown tokens apart": {"model": {"byte_fallback": False, "fuse_unk": False}},
    },
    "unigram": {
        "as it is": {},
        "with added tokens": {"added_tokens": ADDED},
        "lower case, no accents": {"normalizer": sequence("normalizers", NFKD, ACCENTS, LOWER)},
        "split at white space": {
            "normalizer": sequence("normalizers", STRIP, replace({"Regex": " {2,}"}, " ")),
            "pre_tokenizer": sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace("always", True)),
        },
        "Metaspace never": {"pre_tokenizer": metaspace("never", True)},
    },
}


def changed(definition: dict, change: dict) -> dict:
    vocabulary = definition["model"]["vocab"]
    known = vocabulary if isinstance(vocabulary, dict) else {token: i for i, (token, _) in enumerate(vocabulary)}
    tokens = [
        {"id": known.get(token["content"], len(known) + i), "single_word": False, **token}
        for i, token in enumerate(change.get("added_tokens", []))
    ]
    return {
        **definition,
        **change,
        "model": {**definition["model"], **change.get("model", {})},
        "added_tokens": definition["added_tokens"] + tokens,
    }


def case_of(tokenizer: Tokenizer, text: str) -> dict:
    def encode(special: bool) -> dict:
        encoding = tokenizer.encode(text, add_special_tokens=special)
        return {"ids": encoding.ids, "offsets": [position for span in encoding.offsets for position in span]}

    case, plain = encode(True), encode(False)
    count = len(plain["ids"])
    for before in range(len(case["ids"]) - count + 1):
        inner = {"ids": case["ids"][before:][:count], "offsets": case["offsets"][2 * before :][: 2 * count]}
        if inner == plain and not any(case["offsets"][: 2 * before] + case["offsets"][2 * (before + count) :]):
            return {"text": text, **case, "before": before, "count": count}
    raise SystemExit(f"{text!r}: the special tokens do not stand before and behind the others")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--out", type=Path, default=GOLDEN / "tokenizerOffsets.json")
    options = parser.parse_args()
    generator = random.Random(1)
    texts = TEXTS + [
        "".join(generator.choices(ALPHABET, k=generator.randint(1, 12))) for _ in range(options.random)
    ]
    jobs = [(folder, "as it is", {}) for folder in options.folders] or [
        (GOLDEN / "tokenizers" / folder, name, change)
        for folder, changes in CHANGES.items()
        for name, change in changes.items()
    ]
    lines = []
    for folder, name, change in jobs:
        definition = changed(json.loads((folder / "tokenizer.json").read_text()), change)
        tokenizer = Tokenizer.from_str(json.dumps(definition))
        tokens = definition["added_tokens"][len(definition["added_tokens"]) - len(change.get("added_tokens", [])) :]
        head = {
            "folder": os.path.relpath(folder, options.out.parent),
            "name": name,
            "change": {**change, **({"added_tokens": tokens} if tokens else {})},
        }
        cases = ",\n".join(json.dumps(case_of(tokenizer, text), separators=(",", ":")) for text in texts)
        lines.append(json.dumps(head)[:-1] + ', "cases": [\n' + cases + "]}")
    options.out.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{options.out}: {len(jobs)} tokenizers, {len(texts)} texts each, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
