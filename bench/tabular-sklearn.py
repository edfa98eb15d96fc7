"""Scikit-learn's network on the splits that tabular-errors.R wrote into a folder."""

import csv
import os
import sys
import time
import warnings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402

warnings.filterwarnings("ignore")  # that max_iter was reached


def read_table(folder, name):
    with open(os.path.join(folder, name), newline="") as file:
        return list(csv.DictReader(file))


def read_split(folder, number):
    path = os.path.join(folder, f"{number:04d}.csv")
    part = np.loadtxt(path, delimiter=",", skiprows=1, usecols=0, dtype=str)
    columns = open(path).readline().count(",")
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(1, columns + 1))
    return np.char.strip(part, '"'), values[:, 1:], values[:, 0]


def predict(x, y, new, classes, seed, units, penalty):
    # Its penalty is divided by the size of a batch, and its squared error halved.
    batch = min(200, len(x))
    settings = {
        "hidden_layer_sizes": (units,),
        "alpha": penalty * batch / (1 if classes else 2),
    }
    kind = MLPClassifier if classes else MLPRegressor
    return kind(random_state=seed, **settings).fit(x, y).predict(new)


def run(part, x, y, classes, seed, unit, grid):
    rows = {name: np.flatnonzero(part == name) for name in ("inner", "tune", "test")}
    rows["train"] = np.flatnonzero(part != "test")

    def error(start, end, **settings):
        predicted = predict(x[rows[start]], y[rows[start]], x[rows[end]], classes, seed, **settings)
        wrong = predicted - y[rows[end]]
        return np.mean(wrong != 0) if classes else np.sqrt(np.mean(wrong**2)) * unit

    started = time.perf_counter()
    best = min(grid, key=lambda settings: error("inner", "tune", **settings))
    tuned = error("train", "test", **best)
    seconds = time.perf_counter() - started
    return [tuned, seconds, best["units"], best["penalty"]]


def main(folder):
    grid = [
        {"units": int(row["units"]), "penalty": float(row["penalty"])}
        for row in read_table(folder, "grid.csv")
    ]
    with open(os.path.join(folder, "results.csv"), "w") as results:
        print("error,seconds,units,penalty", file=results)
        for number, row in enumerate(read_table(folder, "splits.csv"), 1):
            part, x, y = read_split(folder, number)
            classes = row["classes"] == "TRUE"
            values = run(part, x, y, classes, int(row["seed"]), float(row["unit"]), grid)
            print(*values, sep=",", file=results, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
