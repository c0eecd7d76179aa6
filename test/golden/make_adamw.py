"""Writes adamw.json: gradient clipping and AdamW steps as PyTorch computes them.

Made with torch 2.13 (cpu) and transformers 5.18. Run: python make_adamw.py > adamw.json
"""

import json

import torch
import transformers

torch.manual_seed(1)


def steps(options, clip_norm, count=20):
    """Weights after each step; gradients are given, scaled so that some steps are clipped and some are not."""
    shapes = {"matrix": [3, 4], "vector": [4]}
    parameters = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in shapes.items()}
    decay = options.pop("weight_decay")
    groups = [
        {"params": [parameters["matrix"]], "weight_decay": decay},
        {"params": [parameters["vector"]], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, **options)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 3, count)
    initial = {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()}
    rows = []
    for _ in range(count):
        scale = 10 ** (4 * torch.rand(1).item() - 3)
        gradients = {name: scale * torch.randn(shape) for name, shape in shapes.items()}
        for name, parameter in parameters.items():
            parameter.grad = gradients[name].clone()
        norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), clip_norm)
        learning_rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        rows.append(
            {
                "learning_rate": learning_rate,
                "gradients": {name: gradient.flatten().tolist() for name, gradient in gradients.items()},
                "norm": norm.item(),
                "weights": {name: parameter.detach().flatten().tolist() for name, parameter in parameters.items()},
            }
        )
    return {"shapes": shapes, "initial": initial, "steps": rows}


def schedule(total, warmup):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    linear = transformers.get_linear_schedule_with_warmup(optimizer, warmup, total)
    rates = []
    for _ in range(total):
        rates.append(linear.get_last_lr()[0])
        optimizer.step()
        linear.step()
    return {"total": total, "warmup": warmup, "rates": rates}


cases = [
    {"lr": 0.05, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0, "clip_norm": 1.0},
    {"lr": 0.01, "betas": [0.8, 0.98], "eps": 1e-6, "weight_decay": 0.1, "clip_norm": 0.5},
]
json.dump(
    {
        "made_with": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "cases": [
            {
                **case,
                **steps({k: case[k] for k in ("lr", "betas", "eps", "weight_decay")}, case["clip_norm"]),
            }
            for case in cases
        ],
        "schedules": [schedule(20, 0), schedule(20, 3), schedule(1, 0), schedule(5, 5)],
    },
    __import__("sys").stdout,
)
