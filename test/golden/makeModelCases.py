"""Writes cases of models/: tiny random models and what transformers computes with them.

Made with Python 3.11, torch 2.15.0, transformers 5.18.0, safetensors 0.8.0 and numpy 2.4.6, on a CPU. Run:

    pip install torch==2.15.0 transformers==5.18.0 safetensors==0.8.0 numpy==2.4.6
    python test/golden/makeModelCases.py [--out FOLDER] [--only CASE]

The same versions on the same machine write the same bytes. A case is written only if
- switching off what it is there for moves its outputs: one line per switch says by how much,
- its greedy continuations hold no special token and no near tie (if they do: choose another seed),
- its folder, loaded again, computes what the model in memory computed.
The folders of models/ that no case here names were made elsewhere.
"""

import argparse
import copy
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
import torch
import transformers
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    Gemma2Config,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3Config,
)

MODELS = Path(__file__).parent / "models"

PAD, START, END = 0, 1, 2
VOCABULARY = 160
LENGTHS = (24, 17, 9)
LONGEST = max(LENGTHS)
FIRST_COMPLETION_ENTRY = 5
GREEDY_PROMPT, GREEDY_TOKENS = 8, 24
LEFT_PADDED_PROMPTS, LEFT_PADDED_TOKENS = (12, 8), 16

MATRIX_SCALE = 0.15
VECTOR_SCALE = 0.1

LEAST_MOVE = 1e-2
LEAST_MARGIN = 1e-3
LARGEST_RELOAD_DISTANCE = 1e-6
LARGEST_FOLDER_BYTES = 200_000


@dataclass(frozen=True)
class Rows:
    """Token ids [B, T] and their attention mask."""

    ids: Tensor
    mask: Tensor


Switch = Callable[[PreTrainedModel, Rows, Path], Tensor]
"""Outputs, as `outputs` gives them, of the model with one feature switched off."""


@dataclass(frozen=True)
class Case:
    config: PreTrainedConfig
    seed: int
    switches: dict[str, Switch]
    reward: bool = False
    weights_dtype: torch.dtype = torch.float32
    max_shard_size: str = "1GB"
    old_spelling: bool = False
    """Writes config.json as transformers 4 did: rope_theta, rope_scaling and torch_dtype."""


def outputs(model: PreTrainedModel, rows: Rows) -> Tensor:
    """Logits at the unmasked positions, [N, V], or the scores of a reward model, [B]."""
    logits = model(input_ids=rows.ids, attention_mask=rows.mask).logits
    return logits[rows.mask.bool()] if logits.dim() == 3 else logits[:, 0]


def auto_class(case: Case) -> type:
    return AutoModelForSequenceClassification if case.reward else AutoModelForCausalLM


# Switches


def configured(**changes: object) -> Switch:
    """The same weights under another configuration."""

    def switched(model: PreTrainedModel, rows: Rows, _folder: Path) -> Tensor:
        config = copy.deepcopy(model.config)
        for key, value in changes.items():
            setattr(config, key, value)
        other = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        if other.load_state_dict(model.state_dict(), strict=False).missing_keys:
            raise SystemExit(f"{changes}: the weights do not suffice for this configuration")
        return outputs(other, rows)

    return switched


def zeroed_outputs(model: PreTrainedModel, rows: Rows, chosen: Callable[[str], bool]) -> Tensor:
    other = copy.deepcopy(model)
    for name, parameter in other.named_parameters():
        if chosen(name):
            parameter.zero_()
    return outputs(other, rows)


def without_weights(ending: str) -> Switch:
    return lambda model, rows, _folder: zeroed_outputs(model, rows, lambda name: name.endswith(ending))


def without_shard(index: int) -> Switch:
    def switched(model: PreTrainedModel, rows: Rows, folder: Path) -> Tensor:
        shard_of = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
        shard = sorted(set(shard_of.values()))[index]
        return zeroed_outputs(model, rows, lambda name: shard_of[name] == shard)

    return switched


def misread(stored: torch.dtype, read: torch.dtype) -> Switch:
    """The bytes of the weights read as the other 16-bit type."""

    def switched(model: PreTrainedModel, rows: Rows, _folder: Path) -> Tensor:
        other = copy.deepcopy(model)
        for parameter in other.parameters():
            parameter.copy_(parameter.to(stored).view(read).float())
        return outputs(other, rows)

    return switched


def pooled(position: Callable[[Rows], Tensor]) -> Switch:
    """Scores read at other positions [B] than the last one whose token is not the pad token."""

    def switched(model: PreTrainedModel, rows: Rows, _folder: Path) -> Tensor:
        hidden = model.base_model(input_ids=rows.ids, attention_mask=rows.mask).last_hidden_state
        return model.score(hidden)[torch.arange(len(rows.ids)), position(rows), 0]

    return switched


def last_attended(rows: Rows) -> Tensor:
    return rows.mask.sum(-1) - 1


def before_first_pad(rows: Rows) -> Tensor:
    return (rows.ids == PAD).int().argmax(-1) - 1


def pads_not_attended(model: PreTrainedModel, rows: Rows, _folder: Path) -> Tensor:
    """A mask made from the ids instead of the lengths."""
    return outputs(model, Rows(rows.ids, (rows.ids != PAD).long()))


# Cases


def common(**changes: object) -> dict[str, object]:
    tokens = {"vocab_size": VOCABULARY, "pad_token_id": PAD, "bos_token_id": START, "eos_token_id": END}
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    return {**tokens, **size, "max_position_embeddings": 128, **changes}


def llama(**changes: object) -> LlamaConfig:
    return LlamaConfig(**common(num_key_value_heads=2, **changes))


def mistral(**changes: object) -> MistralConfig:
    return MistralConfig(**common(num_key_value_heads=2, **changes))


def qwen2(**changes: object) -> Qwen2Config:
    return Qwen2Config(**common(num_key_value_heads=2, **changes))


def rope(rope_type: str = "default", theta: float = 10000.0, **parameters: object) -> dict[str, object]:
    return {"rope_type": rope_type, "rope_theta": theta, **parameters}


YARN = {"rope_type": "yarn", "factor": 4.0}
YARN_SHORT = {**YARN, "theta": 100.0, "original_max_position_embeddings": 16}
YARN_LONG = {**YARN, "original_max_position_embeddings": 64}
YARN_BETAS = {"beta_fast": 2.0, "beta_slow": 0.25}
YARN_MSCALES = {"mscale": 2.0, "mscale_all_dim": 0.5}
YARN_ATTENTION = {"attention_factor": 1.5}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
ROTARY_HALF = {"partial_rotary_factor": 0.5}
SLIDING, FULL = "sliding_attention", "full_attention"

POOLING_SWITCHES = {
    "pooled at the last attended token": pooled(last_attended),
    "pooled before the first pad token": pooled(before_first_pad),
    "pad tokens inside a row not attended": pads_not_attended,
}

CASES = {
    "llama_yarn": Case(
        llama(head_dim=16, tie_word_embeddings=True, max_position_embeddings=64, rope_parameters=rope(**YARN_SHORT)),
        seed=39,
        switches={
            "default rope": configured(rope_parameters=rope(theta=100.0)),
            "linear rope": configured(rope_parameters=rope("linear", theta=100.0, factor=4.0)),
            "attention factor 1": configured(rope_parameters=rope(**YARN_SHORT, attention_factor=1.0)),
        },
    ),
    "llama_yarn_mscale": Case(
        llama(
            head_dim=16,
            tie_word_embeddings=True,
            max_position_embeddings=256,
            rope_parameters=rope(**YARN_LONG, **YARN_BETAS, **YARN_MSCALES),
        ),
        seed=17,
        switches={
            "default rope": configured(rope_parameters=rope()),
            "no mscale": configured(rope_parameters=rope(**YARN_LONG, **YARN_BETAS)),
            "no betas": configured(rope_parameters=rope(**YARN_LONG, **YARN_MSCALES)),
        },
    ),
    "llama_yarn_attention_factor": Case(
        llama(
            head_dim=16,
            tie_word_embeddings=True,
            max_position_embeddings=256,
            rope_parameters=rope(**YARN_LONG, **YARN_ATTENTION, truncate=False),
        ),
        seed=22,
        switches={
            "default rope": configured(rope_parameters=rope()),
            "no attention factor": configured(rope_parameters=rope(**YARN_LONG, truncate=False)),
            "truncated range": configured(rope_parameters=rope(**YARN_LONG, **YARN_ATTENTION)),
        },
    ),
    "llama_linear": Case(
        llama(rope_parameters=rope("linear", factor=3.0)),
        seed=16,
        switches={"default rope": configured(rope_parameters=rope())},
    ),
    "llama_old_spelling": Case(
        llama(rope_parameters=rope(theta=5000.0, **LLAMA3)),
        seed=13,
        switches={
            "default rope": configured(rope_parameters=rope(theta=5000.0)),
            "rope_theta 10000": configured(rope_parameters=rope(**LLAMA3)),
        },
        old_spelling=True,
    ),
    "llama_bias": Case(
        llama(attention_bias=True, mlp_bias=True),
        seed=14,
        switches={
            "no attention biases": configured(attention_bias=False),
            "no mlp biases": configured(mlp_bias=False),
            **{
                f"no {layer} bias": without_weights(f"{layer}_proj.bias")
                for layer in ("q", "k", "v", "o", "gate", "up", "down")
            },
        },
    ),
    "gemma2_softcap": Case(
        Gemma2Config(
            **common(num_key_value_heads=2),
            head_dim=16,
            attn_logit_softcapping=1.5,
            final_logit_softcapping=2.0,
            query_pre_attn_scalar=24,
            sliding_window=8,
        ),
        seed=66,
        switches={
            "no attention softcap": configured(attn_logit_softcapping=None),
            "no final softcap": configured(final_logit_softcapping=None),
            "query_pre_attn_scalar = head_dim": configured(query_pre_attn_scalar=16),
            "no window": configured(layer_types=[FULL, FULL]),
            "window in both layers": configured(layer_types=[SLIDING, SLIDING]),
            "window in the other layer": configured(layer_types=[FULL, SLIDING]),
            "window one longer": configured(sliding_window=9),
        },
    ),
    "gpt_neox_sequential": Case(
        GPTNeoXConfig(
            **common(num_attention_heads=2), use_parallel_residual=False, rope_parameters=rope(**ROTARY_HALF)
        ),
        seed=9,
        switches={
            "parallel residual": configured(use_parallel_residual=True),
            "rotary on the whole head": configured(rope_parameters=rope(partial_rotary_factor=1.0)),
            "rotary on a quarter (the default)": configured(rope_parameters=rope(partial_rotary_factor=0.25)),
        },
    ),
    "phi3_partial": Case(
        Phi3Config(**common(num_key_value_heads=2), sliding_window=8, rope_parameters=rope(**ROTARY_HALF)),
        seed=22,
        switches={
            "rotary on the whole head": configured(rope_parameters=rope(partial_rotary_factor=1.0)),
            "no window": configured(sliding_window=None),
            "window one longer": configured(sliding_window=9),
        },
    ),
    "mistral_reward": Case(mistral(num_labels=1, sliding_window=None), seed=10, switches=POOLING_SWITCHES, reward=True),
    "qwen2_reward": Case(qwen2(num_labels=1), seed=11, switches=POOLING_SWITCHES, reward=True),
    "qwen3_reward": Case(
        Qwen3Config(**common(num_key_value_heads=2, num_labels=1), head_dim=16),
        seed=31,
        switches=POOLING_SWITCHES,
        reward=True,
    ),
    "gemma2_reward": Case(
        Gemma2Config(
            **common(num_key_value_heads=2, num_labels=1), head_dim=16, query_pre_attn_scalar=24, sliding_window=64
        ),
        seed=32,
        switches=POOLING_SWITCHES,
        reward=True,
    ),
    "phi3_reward": Case(
        Phi3Config(**common(num_key_value_heads=2, num_labels=1)), seed=33, switches=POOLING_SWITCHES, reward=True
    ),
    "gpt2_reward": Case(
        GPT2Config(
            vocab_size=VOCABULARY,
            n_embd=32,
            n_layer=2,
            n_head=2,
            n_positions=64,
            pad_token_id=PAD,
            bos_token_id=START,
            eos_token_id=END,
            num_labels=1,
        ),
        seed=34,
        switches=POOLING_SWITCHES,
        reward=True,
    ),
    "gpt_neox_reward": Case(
        GPTNeoXConfig(
            **common(num_attention_heads=2, num_labels=1), rope_parameters=rope(**ROTARY_HALF)
        ),
        seed=35,
        switches=POOLING_SWITCHES,
        reward=True,
    ),
    "qwen2_fp16": Case(
        qwen2(tie_word_embeddings=True),
        seed=4,
        switches={"read as bfloat16": misread(torch.float16, torch.bfloat16)},
        weights_dtype=torch.float16,
    ),
    "llama_bf16": Case(
        llama(),
        seed=13,
        switches={"read as float16": misread(torch.bfloat16, torch.float16)},
        weights_dtype=torch.bfloat16,
    ),
    "llama_shards": Case(
        llama(),
        seed=14,
        switches={f"without shard {index + 1}": without_shard(index) for index in range(3)},
        max_shard_size="50KB",
    ),
}


# Models and rows


def random_model(case: Case) -> PreTrainedModel:
    """Every weight is random and exact in `weights_dtype`; vectors (norms, biases) lie around their usual value."""
    model = auto_class(case).from_config(case.config, attn_implementation="eager").eval()
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape)
        drawn = parameter + VECTOR_SCALE * noise if parameter.dim() == 1 else MATRIX_SCALE * noise
        parameter.copy_(drawn.to(case.weights_dtype))
    return model


def random_rows(reward: bool) -> Rows:
    """Rows padded on the right; those of a reward model hold the pad token among their real tokens, too."""
    mask = (torch.arange(LONGEST) < torch.tensor(LENGTHS)[:, None]).long()
    ids = torch.randint(END + 1, VOCABULARY, mask.shape)
    ids[mask == 0] = PAD
    if reward:
        ids[0, [6, 13]] = PAD
        ids[1, 9] = PAD
        ids[2, LENGTHS[2] - 1] = PAD
    return Rows(ids, mask)


def save(model: PreTrainedModel, case: Case, folder: Path) -> None:
    stored = copy.deepcopy(model).to(case.weights_dtype)
    stored.config.dtype = case.weights_dtype
    stored.save_pretrained(folder, max_shard_size=case.max_shard_size)
    if case.old_spelling:
        spell_as_transformers_4(folder / "config.json")


def spell_as_transformers_4(path: Path) -> None:
    config = json.loads(path.read_text())
    scaling = config.pop("rope_parameters")
    config |= {
        "rope_theta": scaling.pop("rope_theta"),
        "rope_scaling": scaling,
        "torch_dtype": config.pop("dtype"),
    }
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def load(case: Case, folder: Path) -> PreTrainedModel:
    model = auto_class(case).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    if not case.reward:
        model.generation_config.eos_token_id = None
    return model


# Expected values


def greedy(model: PreTrainedModel, prompts: Rows, count: int) -> list[list[int]]:
    """Continuations as generate gives them, without an end token.

    Raises SystemExit if a pass over the whole sequences finds other tokens or a near tie, or if a token is special.
    """
    sequences = model.generate(
        input_ids=prompts.ids, attention_mask=prompts.mask, max_new_tokens=count, do_sample=False, pad_token_id=PAD
    )
    length = prompts.ids.shape[1]
    mask = torch.cat([prompts.mask, torch.ones(len(sequences), count, dtype=torch.long)], dim=1)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    logits = model(input_ids=sequences, attention_mask=mask, position_ids=positions).logits[:, length - 1 : -1]
    best = logits.topk(2)
    continuations = sequences[:, length:]
    if not torch.equal(best.indices[..., 0], continuations):
        raise SystemExit("generate and a pass over the whole sequences disagree")
    margin = (best.values[..., 0] - best.values[..., 1]).min().item()
    if margin < LEAST_MARGIN:
        raise SystemExit(f"a greedy step is a near tie, margin {margin:.1e}: choose another seed")
    if continuations.min() <= END:
        raise SystemExit("a greedy continuation holds a special token: choose another seed")
    return continuations.tolist()


def language_model_values(model: PreTrainedModel, rows: Rows, logits: Tensor) -> dict[str, object]:
    completion_mask = rows.mask[:, 1:].clone()
    completion_mask[:, :FIRST_COMPLETION_ENTRY] = 0
    log_probs = torch.log_softmax(logits[:, :-1], dim=-1)
    taken = log_probs.gather(-1, rows.ids[:, 1:, None])[..., 0]

    prompt = rows.ids[:1, :GREEDY_PROMPT]
    width = max(LEFT_PADDED_PROMPTS)
    left_padded = Rows(torch.full((2, width), PAD), torch.zeros(2, width, dtype=torch.long))
    for row, length in enumerate(LEFT_PADDED_PROMPTS):
        left_padded.ids[row, width - length :] = rows.ids[row, :length]
        left_padded.mask[row, width - length :] = 1

    return {
        "completion_mask": completion_mask.tolist(),
        "sum_logps": (taken * completion_mask).sum(-1).tolist(),
        "greedy_prompt": prompt[0].tolist(),
        "greedy_continuation": greedy(model, Rows(prompt, torch.ones_like(prompt)), GREEDY_TOKENS)[0],
        "left_padded_prompts": left_padded.ids.tolist(),
        "left_padded_mask": left_padded.mask.tolist(),
        "left_padded_continuations": greedy(model, left_padded, LEFT_PADDED_TOKENS),
    }


def provenance(case: Case) -> dict[str, str]:
    torch_version = ".".join(torch.__version__.split(".")[:2])
    values = {
        "dtype": "float32",
        "made_with": (
            f"transformers {transformers.__version__}, torch {torch_version} cpu, eager attention, random weights"
        ),
    }
    if case.weights_dtype != torch.float32:
        values["weights_dtype"] = str(case.weights_dtype).removeprefix("torch.")
    return values


def expected_values(case: Case, model: PreTrainedModel, rows: Rows, folder: Path) -> dict[str, object]:
    """The content of case.json; also writes expected.safetensors if the model is a language model."""
    inputs = {"input_ids": rows.ids.tolist(), "attention_mask": rows.mask.tolist()}
    logits = model(input_ids=rows.ids, attention_mask=rows.mask).logits
    if case.reward:
        return {**inputs, "scores": logits[:, 0].tolist()}
    safetensors.torch.save_file({"logits": logits.contiguous()}, folder / "expected.safetensors")
    return {**inputs, **language_model_values(model, rows, logits), **provenance(case)}


def check_switches(name: str, case: Case, model: PreTrainedModel, rows: Rows, folder: Path) -> None:
    expected = outputs(model, rows)
    for feature, switch in case.switches.items():
        move = (switch(model, rows, folder) - expected).abs().max().item()
        print(f"{name}: {feature} moves outputs by {move:.3f}")
        if not move > LEAST_MOVE:
            raise SystemExit(f"{name}: {feature} must move outputs by more than {LEAST_MOVE}")


def make_case(name: str, case: Case, folder: Path) -> None:
    torch.manual_seed(case.seed)
    drawn = random_model(case)
    rows = random_rows(case.reward)
    save(drawn, case, folder)

    model = load(case, folder)
    distance = (outputs(model, rows) - outputs(drawn, rows)).abs().max().item()
    if not distance < LARGEST_RELOAD_DISTANCE:
        raise SystemExit(f"{name}: the loaded folder computes other outputs, distance {distance:.1e}")
    check_switches(name, case, model, rows, folder)

    values = expected_values(case, model, rows, folder)
    (folder / "case.json").write_text(json.dumps(values))
    size = sum(path.stat().st_size for path in folder.iterdir())
    if size > LARGEST_FOLDER_BYTES:
        raise SystemExit(f"{name}: {size} bytes are too many")


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes cases of test/golden/models.")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder that gets the case folders")
    parser.add_argument("--only", choices=CASES, metavar="CASE", help="write this case only")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_grad_enabled(False)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name in [arguments.only] if arguments.only else CASES:
        with tempfile.TemporaryDirectory() as temporary:
            made = Path(temporary) / name
            make_case(name, CASES[name], made)
            shutil.rmtree(arguments.out / name, ignore_errors=True)
            shutil.copytree(made, arguments.out / name, copy_function=shutil.copyfile)


if __name__ == "__main__":
    main()
