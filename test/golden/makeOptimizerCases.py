"""Writes optimizers.json: optimizers, schedules, clipping and averaged weights as torch and transformers compute them.

Every case takes the same twenty gradients of three weights (matrix, vector, and a matrix of one row). Weights are
computed in float32 and in float64; the distance between the two says what float32 can do. Numbers are float32 unless
their key says otherwise.

Made with torch 2.15 (cpu), transformers 5.18 and numpy 2. Run: python makeOptimizerCases.py > optimizers.json
"""

import json
import math
import pathlib
import sys

import numpy as np
import torch
import transformers
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers.optimization import Adafactor

STEPS = 20
CHECKED = [1, 2, 5, 10, 20]
SHAPES = {"matrix": [3, 4], "vector": [4], "row": [1, 4]}

torch.manual_seed(1)
INITIAL = {name: torch.randn(shape) for name, shape in SHAPES.items()}
# From 0.001 to 10 in size, so that mean squares have something to average.
GRADIENTS = []
for _ in range(STEPS):
    scale = 10 ** (4 * torch.rand(1).item() - 3)
    GRADIENTS.append({name: scale * torch.randn(shape) for name, shape in SHAPES.items()})


def short(tensor, dtype):
    """Numbers of a tensor, the shortest that mean the same value in `dtype`."""
    array = np.asarray(tensor.detach() if isinstance(tensor, torch.Tensor) else tensor).astype(dtype).ravel()
    return [float(str(value)) for value in array]


class Lion:
    """Lion in plain numpy, from Algorithm 2 of arXiv:2302.06675."""

    def __init__(self, groups, lr, betas):
        self.groups, self.betas = groups, betas
        self.momenta = {}
        self.param_groups = [{"lr": lr}]

    def step(self):
        beta1, beta2 = self.betas
        for group in self.groups:
            for p in group["params"]:
                theta, g = p.detach().numpy(), p.grad.numpy()
                m = self.momenta.get(p, np.zeros_like(theta))
                c = beta1 * m + (1 - beta1) * g
                # A sign that rounding could turn would make a bad case.
                assert np.abs(c).min() > 1e-5 * np.abs(g).max()
                theta -= self.param_groups[0]["lr"] * (np.sign(c) + group["weight_decay"] * theta)
                self.momenta[p] = beta2 * m + (1 - beta2) * g


OPTIMIZERS = {
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
    "lion": Lion,
    "adafactor": Adafactor,
}


def run(name, options, rates, decay, dtype):
    """Weights after the checked steps."""
    torch.set_default_dtype(dtype)
    parameters = {key: torch.nn.Parameter(value.to(dtype).clone()) for key, value in INITIAL.items()}
    groups = [
        {"params": [parameters["matrix"], parameters["row"]], "weight_decay": decay},
        {"params": [parameters["vector"]], "weight_decay": 0.0},
    ]
    relative = options.get("relative_step", False)
    optimizer = OPTIMIZERS[name](groups, lr=None if relative else 1.0, **options)
    weights = {}
    for i, rate in enumerate(rates):
        for key, parameter in parameters.items():
            parameter.grad = GRADIENTS[i][key].to(dtype).clone()
        if not relative:
            for group in optimizer.param_groups:
                group["lr"] = rate
        optimizer.step()
        if i + 1 in CHECKED:
            kind = np.float32 if dtype == torch.float32 else np.float64
            weights[i + 1] = {key: short(parameter, kind) for key, parameter in parameters.items()}
    torch.set_default_dtype(torch.float32)
    return weights


def optimizer_case(title, settings, options, rates):
    """`settings` are ours, `options` theirs; the weight decay is in the settings and in the groups."""
    decay = settings.get("weightDecay", 0.0)
    return {
        "title": title,
        "settings": settings,
        "rates": rates,
        "float32": run(settings["name"], options, rates, decay, torch.float32),
        "float64": run(settings["name"], options, rates, decay, torch.float64),
    }


def rates_of(create, count, peak=1.0):
    """Learning rates of a schedule of transformers."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    schedule = create(optimizer)
    rates = []
    for _ in range(count):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


def linear(peak):
    return rates_of(lambda o: transformers.get_linear_schedule_with_warmup(o, 3, STEPS), STEPS, peak)


def cosine(peak):
    return rates_of(lambda o: transformers.get_cosine_schedule_with_warmup(o, 2, STEPS), STEPS, peak)


def optimizer_cases():
    relative = [min(1e-2, 1 / math.sqrt(t)) for t in range(1, STEPS + 1)]
    warming = [min(1e-6 * t, 1 / math.sqrt(t)) for t in range(1, STEPS + 1)]
    plain = {"scale_parameter": False, "relative_step": False}
    return [
        optimizer_case("defaults", {"name": "adamw"}, {}, linear(0.05)),
        optimizer_case(
            "other betas and decay",
            {"name": "adamw", "beta1": 0.8, "beta2": 0.98, "epsilon": 1e-6, "weightDecay": 0.1},
            {"betas": (0.8, 0.98), "eps": 1e-6},
            cosine(0.01),
        ),
        optimizer_case("defaults", {"name": "rmsprop"}, {}, linear(0.01)),
        optimizer_case(
            "momentum and decay",
            {"name": "rmsprop", "alpha": 0.9, "epsilon": 1e-3, "momentum": 0.9, "weightDecay": 0.1},
            {"alpha": 0.9, "eps": 1e-3, "momentum": 0.9},
            cosine(0.01),
        ),
        optimizer_case("defaults", {"name": "lion"}, {"betas": (0.9, 0.99)}, linear(0.01)),
        optimizer_case(
            "other betas and decay",
            {"name": "lion", "beta1": 0.95, "beta2": 0.98, "weightDecay": 0.5},
            {"betas": (0.95, 0.98)},
            cosine(0.01),
        ),
        optimizer_case("decay", {"name": "sgd", "weightDecay": 0.1}, {}, linear(0.05)),
        optimizer_case(
            "momentum and decay",
            {"name": "sgd", "momentum": 0.9, "weightDecay": 0.1},
            {"momentum": 0.9},
            cosine(0.01),
        ),
        optimizer_case(
            "Nesterov's momentum and decay",
            {"name": "sgd", "momentum": 0.8, "nesterov": True, "weightDecay": 0.1},
            {"momentum": 0.8, "nesterov": True},
            linear(0.01),
        ),
        optimizer_case("the Trainer's defaults", {"name": "adafactor"}, plain, linear(0.05)),
        optimizer_case(
            "relative_step",
            {"name": "adafactor", "scaleParameter": True},
            {"scale_parameter": True, "relative_step": True},
            relative,
        ),
        optimizer_case(
            "relative_step and warmup_init",
            {"name": "adafactor", "scaleParameter": True},
            {"scale_parameter": True, "relative_step": True, "warmup_init": True},
            warming,
        ),
        optimizer_case(
            "every option",
            {
                "name": "adafactor",
                "scaleParameter": True,
                "epsilon": 1e-4,
                "scaleFloor": 0.9,
                "clipThreshold": 0.5,
                "decayRate": -0.6,
                "weightDecay": 0.1,
            },
            {
                "scale_parameter": True,
                "relative_step": False,
                "eps": (1e-4, 0.9),
                "clip_threshold": 0.5,
                "decay_rate": -0.6,
            },
            cosine(0.05),
        ),
    ]


def schedule_case(settings, create, past_the_end=2):
    return {"settings": settings, "rates64": rates_of(create, settings["total"] + past_the_end)}


def schedule_cases():
    t = transformers
    cases = [
        schedule_case(
            {"name": "constant", "total": 8, "warmupSteps": 3},
            lambda o: t.get_constant_schedule_with_warmup(o, 3),
        )
    ]
    for total, warmup in [(20, 0), (20, 3), (1, 0), (5, 5)]:
        for name, create in [
            ("linear", t.get_linear_schedule_with_warmup),
            ("cosine", t.get_cosine_schedule_with_warmup),
        ]:
            settings = {"name": name, "total": total, "warmupSteps": warmup}
            cases.append(schedule_case(settings, lambda o, create=create: create(o, warmup, total)))
    for warmup, decay, kind, ratio in [
        (0, 5, "linear", 0),
        (4, 6, "cosine", 0),
        (3, 7, "1-sqrt", 0.1),
        (2, 10, "cosine", 0.2),
        (2, 0, "linear", 0.3),
    ]:
        cases.append(
            schedule_case(
                {
                    "name": "wsd",
                    "total": 20,
                    "warmupSteps": warmup,
                    "decaySteps": decay,
                    "decay": kind,
                    "minRatio": ratio,
                },
                lambda o: t.get_wsd_schedule(
                    o, warmup, decay, num_training_steps=20, decay_type=kind, min_lr_ratio=ratio
                ),
            )
        )
    return cases


def clipping_case(title, gradients, limit):
    result = {"title": title, "limit": limit, "gradients": {k: short(g, np.float32) for k, g in gradients.items()}}
    for kind, dtype in [("32", torch.float32), ("64", torch.float64)]:
        parameters = {key: torch.nn.Parameter(torch.zeros(shape, dtype=dtype)) for key, shape in SHAPES.items()}
        for key, parameter in parameters.items():
            parameter.grad = gradients[key].to(dtype).clone()
        norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), limit)
        numpy_kind = getattr(np, f"float{kind}")
        result[f"norm{kind}"] = short(norm, numpy_kind)[0]
        result[f"clipped{kind}"] = {key: short(p.grad, numpy_kind) for key, p in parameters.items()}
    return result


def clipping_cases():
    norm = math.sqrt(sum(float((g.double() ** 2).sum()) for g in GRADIENTS[0].values()))
    return [
        clipping_case("far above the limit", {k: 1e4 * g for k, g in GRADIENTS[0].items()}, 1.0),
        clipping_case("just above the limit", GRADIENTS[0], 0.99 * norm),
        clipping_case("just below the limit", GRADIENTS[0], 1.01 * norm),
        clipping_case("tiny", {k: 1e-6 * g for k, g in GRADIENTS[1].items()}, 1e-7),
        clipping_case("zero", {k: 0 * g for k, g in GRADIENTS[0].items()}, 1.0),
    ]


def decaying_names(family):
    """Names of the weights that transformers' Trainer decays, in a model of this project's golden cases."""
    config = transformers.AutoConfig.from_pretrained(pathlib.Path(__file__).parent / "models" / family)
    model = transformers.AutoModelForCausalLM.from_config(config)
    stored = {name for name, _ in model.named_parameters()}
    names = stored & set(transformers.Trainer.get_decay_parameter_names(None, model))
    # transformers 5 has the head of GPT-NeoX under another name in memory than in its files.
    return sorted(name.replace("lm_head", "embed_out") if family == "gpt_neox" else name for name in names)


def averaged_by_torch(decay, dtype):
    """torch's exponential moving average of weights that are equal to the gradients of each step."""
    model = torch.nn.ParameterDict({key: torch.nn.Parameter(value.to(dtype).clone()) for key, value in INITIAL.items()})
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    average.update_parameters(model)  # The first time, it copies.
    values = {}
    for i, gradients in enumerate(GRADIENTS):
        with torch.no_grad():
            for key, parameter in model.items():
                parameter.copy_(gradients[key].to(dtype))
        average.update_parameters(model)
        if i + 1 in CHECKED:
            kind = np.float32 if dtype == torch.float32 else np.float64
            values[i + 1] = {key: short(average.module[key], kind) for key in SHAPES}
    return values


def averaged_plainly(decay, kind):
    """The same with a decay that rises as (1 + t) / (10 + t)."""
    values = {}
    average = {key: value.numpy().astype(kind) for key, value in INITIAL.items()}
    for i, gradients in enumerate(GRADIENTS):
        step = i + 1
        now = min(decay, (1 + step) / (10 + step))
        for key, gradient in gradients.items():
            average[key] = kind(now) * average[key] + kind(1 - now) * gradient.numpy().astype(kind)
        if step in CHECKED:
            values[step] = {key: short(value, kind) for key, value in average.items()}
    return values


json.dump(
    {
        "made_with": f"torch {torch.__version__}, transformers {transformers.__version__}, numpy {np.__version__}",
        "shapes": SHAPES,
        "initial": {name: short(value, np.float32) for name, value in INITIAL.items()},
        "gradients": [{name: short(g, np.float32) for name, g in row.items()} for row in GRADIENTS],
        "optimizers": optimizer_cases(),
        "decaying": {
            family: decaying_names(family)
            for family in ["gemma2", "gpt2", "gpt_neox", "llama_bias", "mistral", "phi3", "qwen2", "qwen3"]
        },
        "schedules": schedule_cases(),
        "clipping": clipping_cases(),
        "averages": [
            {
                "options": {"decay": 0.9},
                "float32": averaged_by_torch(0.9, torch.float32),
                "float64": averaged_by_torch(0.9, torch.float64),
            },
            {
                "options": {"decay": 0.6, "warmup": True},
                "float32": averaged_plainly(0.6, np.float32),
                "float64": averaged_plainly(0.6, np.float64),
            },
        ],
    },
    sys.stdout,
)
sys.stdout.write("\n")
