"""Writes comparisonLosses.json: losses, gradients and metrics of comparisons, computed by PyTorch in float64.

The loss of scores is that of TRL's RewardTrainer, with margins and center_rewards_coefficient.

    pip install torch; python test/golden/makeComparisonLosses.py
"""

import json
from pathlib import Path

import torch
from torch.nn.functional import logsigmoid

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def soft_labels():
    logits = torch.tensor([0.0, 2.0, -3.0, 0.1, -0.7, 30.0, -80.0], requires_grad=True)
    labels = torch.tensor([1.0, 1.0, 0.25, 0.5, 0.0, 0.0, 1.0])
    losses = -(labels * logsigmoid(logits) + (1 - labels) * logsigmoid(-logits))
    losses.sum().backward()
    return {
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "losses": losses.tolist(),
        "gradients": logits.grad.tolist(),
    }


def reward():
    scores = (2 * torch.randn(12)).requires_grad_()
    margins = torch.rand(6)
    chosen, rejected = scores.chunk(2)
    loss = -logsigmoid(chosen - rejected - margins).mean() + 0.01 * torch.mean((chosen + rejected) ** 2)
    loss.backward()
    return {
        "scores": scores.tolist(),
        "margins": margins.tolist(),
        "coefficient": 0.01,
        "loss": loss.item(),
        "gradients": scores.grad.tolist(),
    }


def metrics():
    logits = 2 * torch.randn(400)
    labels = torch.where(torch.rand(400) < torch.sigmoid(logits / 2), 1.0, 0.0)
    probabilities = torch.sigmoid(logits)
    confidence = torch.maximum(probabilities, 1 - probabilities)
    right = ((logits > 0) == (labels > 0.5)).double()
    edges = torch.linspace(0.5, 1, 11)
    bins = torch.bucketize(confidence, edges[1:-1], right=True)
    ece = sum((confidence[bins == b].sum() - right[bins == b].sum()).abs() for b in range(10)) / 400
    return {
        "logits": logits.tolist(),
        "labels": labels.tolist(),
        "accuracy": right.mean().item(),
        "log_loss": -(labels * logsigmoid(logits) + (1 - labels) * logsigmoid(-logits)).mean().item(),
        "brier": ((probabilities - labels) ** 2).mean().item(),
        "ece": ece.item(),
    }


path = Path(__file__).parent / "comparisonLosses.json"
path.write_text(json.dumps({"softLabels": soft_labels(), "reward": reward(), "metrics": metrics()}) + "\n")
