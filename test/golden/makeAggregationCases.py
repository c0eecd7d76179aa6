"""Golden values for src/judges/aggregate, from numpy and scipy: prints aggregation.json.

python -m pip install numpy==2.* scipy==1.17.1
python test/golden/makeAggregationCases.py > test/golden/aggregation.json
"""

import itertools
import json

import numpy as np
from scipy.optimize import linprog, minimize


def random_matrix(rng, size, spread):
    upper = 1 / (1 + np.exp(-spread * rng.standard_normal((size, size))))
    matrix = np.triu(upper, 1)
    return matrix + np.tril(1 - matrix.T, -1) + np.eye(size) / 2


def bradley_terry(wins, ridge):
    wins = np.array(wins) * (1 - np.eye(len(wins)))

    def loss(s):
        return np.sum(wins * np.logaddexp(0, s[None, :] - s[:, None])) + ridge / 2 * s @ s

    def grad(s):
        p = 1 / (1 + np.exp(s[None, :] - s[:, None]))
        flow = wins * (1 - p)
        return -(flow.sum(1) - flow.sum(0)) + ridge * s

    start = np.zeros(len(wins))
    found = minimize(loss, start, jac=grad, method="L-BFGS-B", options={"ftol": 1e-16, "gtol": 1e-12, "maxiter": 10000})
    # Polished, as L-BFGS-B stops at about 1e-8: a root of the gradient by scipy's hybrid Powell method.
    from scipy.optimize import root

    polished = root(grad, found.x, tol=1e-14)
    assert np.abs(grad(polished.x)).max() < 1e-10
    return polished.x


def nash(matrix):
    # Maximize v subject to (x P)_j >= v for all j, sum x = 1.
    size = len(matrix)
    cost = np.r_[np.zeros(size), -1]
    constraints = np.c_[-matrix.T, np.ones(size)]
    found = linprog(cost, constraints, np.zeros(size), [np.r_[np.ones(size), 0]], [1], [(0, 1)] * size + [(None, None)])
    assert found.status == 0 and abs(found.x[-1] - 0.5) < 1e-8
    return found.x[:-1]


def cyclic(matrix):
    triples = list(itertools.combinations(range(len(matrix)), 3))
    if not triples:
        return None
    beats = matrix > 0.5
    circles = [
        any(beats[a, b] and beats[b, c] and beats[c, a] for a, b, c in itertools.permutations(triple))
        for triple in triples
    ]
    return sum(circles) / len(triples)


def case(name, matrix, ridge):
    matrix = np.array(matrix, dtype=float)
    strengths = bradley_terry(matrix, ridge)
    return {
        "name": name,
        "matrix": matrix.tolist(),
        "win_rates": matrix.mean(1).tolist(),
        "win_rates_excluding_self": ((matrix.sum(1) - 0.5) / (len(matrix) - 1)).tolist(),
        "ridge": ridge,
        "bradley_terry": strengths.tolist(),
        "elo": (1000 + 400 * strengths / np.log(10)).tolist(),
        "nash": nash(matrix).tolist(),
        "cyclic_triples": cyclic(matrix),
    }


def main():
    rng = np.random.default_rng(1)
    cases = [
        case("cyclic game", [[0.5, 0.9, 0.2], [0.1, 0.5, 0.9], [0.8, 0.1, 0.5]], 0.1),
        case("one beats all", [[0.5, 1, 1], [0, 0.5, 1], [0, 0, 0.5]], 0.01),
        case("two", [[0.5, 0.7], [0.3, 0.5]], 1e-6),
    ]
    for size in [3, 4, 5, 8, 12]:
        for spread in [0.5, 3]:
            cases.append(case(f"{size} random, spread {spread}", random_matrix(rng, size, spread), 0.01))
    counts = rng.integers(0, 30, (6, 6))
    np.fill_diagonal(counts, 0)
    games = {
        "wins": counts.tolist(),
        "ridge": 0.5,
        "bradley_terry": bradley_terry(counts, 0.5).tolist(),
    }
    print(json.dumps({"cases": cases, "counted": games}, indent=1))


main()
