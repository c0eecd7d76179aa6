"""Writes judges/: a tiny reward model and a tiny pair-preference language model, and what transformers computes with them.

Made with Python 3.11, torch 2.15.0, transformers 5.18.0 and safetensors 0.8.0, on a CPU. Run:

    pip install torch==2.15.0 transformers==5.18.0 safetensors==0.8.0
    python test/golden/makeJudgeCases.py

Both use the tokenizer of trl_trajectory/model. Texts go one by one, without padding.
"""

import json
import math
from pathlib import Path

import torch
from transformers import (
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedModel,
)

HERE = Path(__file__).parent
FOLDER = HERE / "judges"
TOKENIZER = AutoTokenizer.from_pretrained(HERE / "trl_trajectory" / "model")

SHAPE = {
    "vocab_size": 2048, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 128, "pad_token_id": TOKENIZER.pad_token_id,
}  # fmt: skip

CONVERSATION = [
    {"role": "user", "content": "Name a bird."},
    {"role": "assistant", "content": "A wren."},
    {"role": "user", "content": "Where does it live?"},
]
QUESTION = [{"role": "user", "content": "What is 2 + 2?"}]
ANSWERS = ["Four, I think.", "", "In hedges and near rivers, quite low.", "I do not know that."]


def randomize(model: PreTrainedModel, seed: int) -> PreTrainedModel:
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.normal_(1 if "norm" in name else 0, 0.5 if parameter.dim() > 1 else 0.2)
    return model.eval()


def save(model: PreTrainedModel, name: str, cases: list[dict]) -> None:
    model.save_pretrained(FOLDER / name)
    (FOLDER / name / "generation_config.json").unlink(missing_ok=True)
    (FOLDER / name / "expected.json").write_text(json.dumps(cases) + "\n")


@torch.no_grad()
def reward_cases() -> None:
    model = randomize(LlamaForSequenceClassification(LlamaConfig(**SHAPE, num_labels=1)), 1)
    cases = []
    for prompt in (QUESTION, CONVERSATION):
        for answer in ANSWERS:
            messages = [*prompt, {"role": "assistant", "content": answer}]
            text = TOKENIZER.apply_chat_template(messages, tokenize=False)
            ids = TOKENIZER(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
            cases.append({"prompt": prompt, "answer": answer, "score": model(input_ids=ids).logits.item()})
    save(model, "reward", cases)


def question(prompt: list[dict], first: str, second: str) -> str:
    context = "\n" + "".join(f"\n\n<turn> {turn['role']}\n {turn['content']}" for turn in prompt) + "\n\n\n"
    content = f"[CONTEXT] {context} [RESPONSE A] {first} [RESPONSE B] {second} \n"
    message = [{"role": "user", "content": content}]
    return TOKENIZER.apply_chat_template(message, tokenize=False, add_generation_prompt=True)


@torch.no_grad()
def pair_cases() -> None:
    model = randomize(LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=False)), 2)
    letters = [TOKENIZER.encode(letter, add_special_tokens=False) for letter in "AB"]
    assert all(len(ids) == 1 for ids in letters)

    def first_is_a(prompt: list[dict], first: str, second: str) -> float:
        ids = TOKENIZER(question(prompt, first, second), add_special_tokens=False, return_tensors="pt")["input_ids"]
        assert ids.shape[1] <= SHAPE["max_position_embeddings"], ids.shape
        a, b = (model(input_ids=ids).logits[0, -1, ids_of[0]].item() for ids_of in letters)
        return 1 / (1 + math.exp(b - a))

    cases = []
    for prompt, a, b in [(QUESTION, ANSWERS[0], ANSWERS[3]), (QUESTION, ANSWERS[1], ANSWERS[0]), (CONVERSATION, "low", "")]:
        forward, backward = first_is_a(prompt, a, b), first_is_a(prompt, b, a)
        cases.append({"prompt": prompt, "a": a, "b": b, "forward": forward, "backward": backward})
    save(model, "pair_lm", cases)


reward_cases()
pair_cases()
