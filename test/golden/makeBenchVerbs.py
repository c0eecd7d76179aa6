"""Golden figures of Arena-Hard (Bradley-Terry, style control), best-of-n, reranking, self-correction and ROC
areas, by numpy, scipy, scikit-learn and brute force.

    python3 test/golden/makeBenchVerbs.py > test/golden/benchVerbs.json
"""

import itertools
import json
import math

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

random = np.random.default_rng(1)
MODELS = ["strong", "weak"]
battles = []
for model, skill in zip(MODELS, [0.9, -0.7]):
    for prompt in range(40):
        style = [[int(random.integers(20, 400)), *map(int, random.integers(0, 9, 3))] for _ in range(2)]
        p = 1 / (1 + math.exp(-skill - (style[0][0] - style[1][0]) / 300))
        score = float(random.choice([0, 0.5, 1], p=[0.8 * (1 - p), 0.2, 0.8 * p]))
        battles.append({"model": model, "prompt": str(prompt), "score": score, "style": style[0], "baseline": style[1]})

scores = np.array([battle["score"] for battle in battles])
one_hot = np.array([[battle["model"] == name for name in MODELS] for battle in battles], dtype=float)

# Version 0.1: rows twice, a tie one win and one loss, X = +-ln 10, no penalty.
X = np.concatenate([one_hot, one_hot]) * math.log(10)
y = np.concatenate([scores == 1, scores >= 0.5]).astype(int)
fit = LogisticRegression(fit_intercept=False, penalty=None, tol=1e-12, max_iter=10_000).fit(X, y)
elo = 400 * fit.coef_[0] + 1000

# Style control, as a loss of numpy's that scipy minimizes.
a = np.array([battle["style"] for battle in battles], dtype=float)
b = np.array([battle["baseline"] for battle in battles], dtype=float)
length = (a[:, :1] - b[:, :1]) / (a[:, :1] + b[:, :1])
da, db = a[:, 1:] / (a[:, :1] + 1), b[:, 1:] / (b[:, :1] + 1)
z = np.concatenate([length, (da - db) / (da + db + 1)], axis=1)
z = (z - z.mean(0)) / z.std(0, ddof=1)
F = np.concatenate([one_hot, z], axis=1)
loss = lambda w: float(np.sum(np.logaddexp(0, F @ w) - scores * (F @ w)))
slope = lambda w: F.T @ (1 / (1 + np.exp(-F @ w)) - scores)
w = minimize(loss, np.full(F.shape[1], 0.5), jac=slope, method="BFGS", options={"gtol": 1e-10, "maxiter": 10_000}).x

# Best of n: every subset of the answers, the one of the highest proxy score.
groups = [{"proxy": random.normal(size=6).tolist(), "gold": random.normal(size=6).tolist()} for _ in range(5)]
groups[0]["proxy"][2] = groups[0]["proxy"][4]


def best_of(group, n):
    """Mean gold of the best of all subsets of n; the best ones share where they tie."""
    values = []
    for subset in itertools.combinations(range(6), n):
        top = max(group["proxy"][i] for i in subset)
        values.append(np.mean([group["gold"][i] for i in subset if group["proxy"][i] == top]))
    return float(np.mean(values))


# Choosers of one of six answers, by the words of their definitions; the finals are drawn so that votes tie.
choices = []
for _ in range(8):
    right = (random.random(6) < 0.4).tolist()
    finals = [str(random.integers(0, 3)) if said else None for said in random.random(6) < 0.8]
    choices.append({"right": right, "finals": finals, "self": random.integers(0, 3, 6).tolist()})


def right_of(prompt, weights):
    """Expected rightness of an answer drawn among those of the highest weight."""
    return np.mean([ok for ok, weight in zip(prompt["right"], weights) if weight == max(weights)])


chosen = {
    "passAt1": np.mean([right_of(one, [0] * 6) for one in choices]),
    "majority": np.mean([right_of(one, [final is not None and one["finals"].count(final) for final in one["finals"]]) for one in choices]),
    "self": np.mean([right_of(one, one["self"]) for one in choices]),
    "passAtK": np.mean([any(one["right"]) for one in choices]),
}

# Self-correction of prompts with four answers each, and the spread of its accuracy when prompts are drawn anew: answers
# to one prompt go together.
attempts = []
for _ in range(60):
    skill = random.beta(0.6, 0.6)
    first = random.random(4) < skill
    attempts.append([[bool(a), bool(random.random() < (0.85 if a else 0.35))] for a in first])
table = np.array(attempts)


def correction(table):
    before, after = table[..., 0].ravel(), table[..., 1].ravel()
    a, b = before.mean(), after.mean()
    return [a, b, after[before].mean(), after[~before].mean(), (b - a**2) / (2 * a * (1 - a))]


draws = np.array([correction(table[random.integers(0, 60, 60)]) for _ in range(20_000)])
names = ["accuracyBefore", "accuracyAfter", "confidence", "critique", "relative"]
corrected = dict(zip(names, map(float, correction(table))))
quantiles = dict(zip(names, np.quantile(draws, [0.025, 0.975], axis=0).T.tolist()))

# Area under the ROC curve with DeLong's variance from the placements' covariance.
seen, unseen = random.normal(0.7, 0.2, 12).round(1), random.normal(0.5, 0.2, 15).round(1)
area = roc_auc_score([1] * 12 + [0] * 15, np.concatenate([seen, unseen]))
wins = (seen[:, None] > unseen[None]) + 0.5 * (seen[:, None] == unseen[None])
half = norm.ppf(0.975) * math.sqrt(np.cov(wins.mean(1)) / 12 + np.cov(wins.mean(0)) / 15)

curve = [float(np.mean([best_of(group, n) for group in groups])) for n in range(1, 7)]
print(
    json.dumps(
        {
            "battles": battles,
            "elo": dict(zip(MODELS, elo.tolist())),
            "style": {"winRates": dict(zip(MODELS, (1 / (1 + np.exp(-w[:2]))).tolist())), "weights": w[2:].tolist()},
            "groups": groups,
            "curve": curve,
            "choices": choices,
            "chosen": {name: float(value) for name, value in chosen.items()},
            "attempts": attempts,
            "corrected": corrected,
            "intervals": quantiles,
            "roc": {"seen": seen.tolist(), "unseen": unseen.tolist(), "area": area, "interval": [area - half, area + half]},
        },
        indent=1,
    )
)
