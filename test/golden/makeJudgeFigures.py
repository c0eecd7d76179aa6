"""Makes judgeFigures.json: figures of a judge by formulas of its own, with numpy and statsmodels; rewardbench's Ties code.

    pip install numpy statsmodels
    python test/golden/makeJudgeFigures.py

The sections are RewardBench's own example, copied from ../shared/vectors/rewardbench_vectors.json.
"""

import json
from pathlib import Path

import numpy as np
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(7)
here = Path(__file__).parent


def calibration(p):
    """Guo et al. 2017 on confidences max(p, 1 - p), ten bins over [1/2, 1]."""
    p = np.asarray(p)
    confidence = np.maximum(p, 1 - p)
    correct = np.where(p == 0.5, 0.5, p > 0.5)
    bin_of = np.clip(np.ceil((confidence - 0.5) / 0.05 - 1e-9).astype(int) - 1, 0, 9)
    ece = sum(
        (bin_of == b).mean() * abs(correct[bin_of == b].mean() - confidence[bin_of == b].mean())
        for b in range(10)
        if (bin_of == b).any()
    )
    log_loss = -np.log(np.clip(p, 1e-15, 1)).mean()
    return {"ece": ece, "brier": ((1 - p) ** 2).mean(), "logLoss": log_loss, "pairs": np.bincount(bin_of, minlength=10).tolist()}


def prompt_stats(right, wrong):
    """rewardbench/utils.py, _compute_prompt_stats."""
    spread = max(right) - min(right) if len(right) > 1 else None
    margin = min(right) - max(wrong)
    return margin > 0, spread, margin


def ties(prompts):
    """rewardbench/utils.py, process_single_model."""
    reference = [prompt_stats(**prompt["reference"]) for prompt in prompts]
    tied = [prompt_stats(**prompt["tied"]) for prompt in prompts]
    spread, gap_tied, gap_reference = (np.array(x) for x in ([s[1] for s in tied], [s[2] for s in tied], [s[2] for s in reference]))
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = np.nan_to_num(np.tanh(np.minimum(gap_reference, gap_tied) / spread - 1), nan=0.0)
    return float(
        0.30 * np.mean([s[0] for s in tied])
        + 0.30 * np.mean([s[0] for s in reference])
        + 0.20 * np.mean(gap_tied > spread)
        + 0.20 * np.mean(np.minimum(gap_reference, gap_tied) > spread)
        + 0.01 * np.mean(margin)
    )


def ties_prompt(gap):
    draw = lambda count, around: np.round(random.normal(around, 1, count), 3).tolist()
    return {
        "tied": {"right": draw(random.integers(2, 6), gap), "wrong": draw(3, 0)},
        "reference": {"right": draw(1, gap), "wrong": draw(3, 0)},
    }


cases = {
    "random": np.round(random.beta(2, 1, 200), 4).tolist(),
    "sure": [1.0, 1.0, 0.0, 1.0, 0.5],
    "edges": [0.5, 0.55, 0.45, 0.6, 0.95, 0.05, 1.0],
}
tie_sets = [[ties_prompt(gap) for _ in range(12)] for gap in (0, 2, 5)]
tie_sets.append([{"tied": {"right": [1, 1], "wrong": [1]}, "reference": {"right": [2], "wrong": [1]}}])
golden = {
    "calibration": [{"name": name, "p": p, **calibration(p)} for name, p in cases.items()],
    "wilson": [
        {"right": k, "total": n, "interval": [float(x) for x in proportion_confint(k, n, method="wilson")]}
        for k, n in ((0, 7), (7, 7), (61, 100), (1500, 2985))
    ],
    "ties": [{"prompts": prompts, "score": ties(prompts)} for prompts in tie_sets],
}
(here / "judgeFigures.json").write_text(json.dumps(golden, default=float) + "\n")
