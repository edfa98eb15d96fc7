# Trains in PyTorch what parity.R trains in R: `parity.py CASES RESULTS`, two files of JSON.
#
# Everything that PyTorch has is taken from PyTorch. What it lacks is a line of Python that says
# why. A name or a number that nothing below knows is an error of that case: what the package gains
# has to be added here, too.
import json
import math
import sys

import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

ACTIVATIONS = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,  # with erf, not the approximation by tanh
    "silu": F.silu,
    "mish": F.mish,
    "selu": F.selu,
    "softplus": lambda z: F.softplus(z, threshold=50),  # above 20 it would give z, 2e-9 too little
    "linear": lambda z: z,
}


def of_rows(loss):
    """PyTorch's mean is over rows and columns; the package sums up the columns of a row."""
    return lambda z, y: loss(z, y, reduction="none").sum(1)


def half_poisson_deviance(z, y):
    """PyTorch leaves out what does not depend on z, so that a perfect fit has no loss of 0."""
    return (F.poisson_nll_loss(z, y, reduction="none") + torch.xlogy(y, y) - y).sum(1)


def pinball(z, y, reduction):
    """PyTorch has no such loss; its autograd has the derivative. The cases ask for 0.8."""
    return torch.maximum(0.8 * (y - z), 0.2 * (z - y))


# The package keeps probabilities 1e-8 away from 0 and 1 in the losses it reports, not in their
# gradients. None comes so near here.
LOSSES = {
    "cross_entropy": lambda z, y: F.cross_entropy(z, y, reduction="none"),
    "binary_cross_entropy": of_rows(F.binary_cross_entropy_with_logits),
    "squared_error": of_rows(F.mse_loss),
    "absolute_error": of_rows(F.l1_loss),
    "huber": of_rows(F.huber_loss),  # from squared to absolute at 1, in both
    "quantile": of_rows(pinball),
    "poisson": half_poisson_deviance,
}

LINKS = {
    "cross_entropy": lambda z: torch.softmax(z, 1),
    "binary_cross_entropy": torch.sigmoid,
    "poisson": torch.exp,
}


def sgd(groups, learn_rate, momentum, nesterov):
    return torch.optim.SGD(groups, learn_rate, momentum, nesterov=bool(nesterov))


def rmsprop(groups, learn_rate, decay, epsilon):
    return torch.optim.RMSprop(groups, learn_rate, alpha=decay, eps=epsilon)


def adam(groups, learn_rate, beta1, beta2, epsilon):
    return torch.optim.Adam(groups, learn_rate, (beta1, beta2), epsilon)


def adamw(groups, learn_rate, beta1, beta2, epsilon, weight_decay):
    # The package never shrinks biases; PyTorch does unless it is told not to.
    groups[1]["weight_decay"] = 0
    return torch.optim.AdamW(groups, learn_rate, (beta1, beta2), epsilon, weight_decay)


OPTIMIZERS = {"sgd": sgd, "rmsprop": rmsprop, "adam": adam, "adamw": adamw}


# Schedules count batches here, epochs in the package.
def none(optimizer, epochs, batches):
    return lr_scheduler.LambdaLR(optimizer, lambda done: 1)


def step(optimizer, epochs, batches, factor, every):
    return lr_scheduler.StepLR(optimizer, every * batches, factor)


def exponential(optimizer, epochs, batches, decay):
    return lr_scheduler.ExponentialLR(optimizer, math.exp(-decay / batches))


def inverse_time(optimizer, epochs, batches, decay):  # PyTorch has none
    return lr_scheduler.LambdaLR(optimizer, lambda done: 1 / (1 + decay * done / batches))


def cosine(optimizer, epochs, batches, final):
    lowest = final * optimizer.param_groups[0]["lr"]
    return lr_scheduler.CosineAnnealingLR(optimizer, epochs * batches, lowest)


SCHEDULES = {f.__name__: f for f in (none, step, exponential, inverse_time, cosine)}


class Network:
    def __init__(self, case):
        self.case = case
        self.real = {"double": torch.float64, "single": torch.float32}[case["precision"]]
        parameters = [self.tensor(p).requires_grad_() for p in case["parameters"]]
        self.weights, self.biases = parameters[::2], parameters[1::2]
        x = doubles(case["x"])
        self.center, self.scale = 0, 1
        if case["standardize"]:  # by n, where PyTorch's default is n - 1
            self.center, self.scale = x.mean(0), x.std(0, unbiased=False)
        self.x, self.y = self.inputs(case["x"]), self.outcome(case["y"])
        self.row_weights = self.weights_of_rows()

    def parameters(self):
        return [p for pair in zip(self.weights, self.biases) for p in pair]

    def tensor(self, numbers):
        return doubles(numbers).to(self.real)

    def inputs(self, x):
        return ((doubles(x) - self.center) / self.scale).to(self.real)

    def outcome(self, y):
        if self.case["loss"] == "cross_entropy":
            return torch.tensor(y)
        center, scale = doubles(self.case["outcome_center"]), doubles(self.case["outcome_scale"])
        return ((doubles(y) - center) / scale).to(self.real)

    def weights_of_rows(self):
        given, of_class = self.case["case_weights"], self.case["class_weights"]
        weights = self.tensor(given) if given else torch.ones(len(self.x), dtype=self.real)
        if of_class:
            weights = weights * self.tensor(of_class)[self.y]
        return weights / weights.mean()

    def logits(self, x, masks=None):
        for k, name in enumerate(self.case["activations"]):
            x = ACTIVATIONS[name](F.linear(x, self.weights[k], self.biases[k]))
            if masks:
                x = x * masks[k] / (1 - self.case["dropout"][k])
        return F.linear(x, self.weights[-1], self.biases[-1])

    def loss(self, rows, masks=None):
        z, y = self.logits(self.x[rows], masks), self.y[rows]
        of_class = self.case["class_weights"]
        if of_class and not self.case["case_weights"] and len(rows) == len(self.x):
            # PyTorch divides by the weights of the batch, the package by its rows: that is the same
            # where the batch is all rows, for the mean of the weights is 1.
            return F.cross_entropy(z, y, weight=self.tensor(of_class))
        return (self.row_weights[rows] * LOSSES[self.case["loss"]](z, y)).mean()

    def validation_loss(self):
        x, y = self.case["validation"]
        with torch.no_grad():
            z = self.logits(self.inputs(x))
            return LOSSES[self.case["loss"]](z, self.outcome(y)).mean().item()

    def penalty(self):
        l1, l2 = self.case["mixture"], (1 - self.case["mixture"]) / 2
        return self.case["penalty"] * sum((l1 * w.abs() + l2 * w**2).sum() for w in self.weights)

    def predict(self, x):
        """In double, whatever the weights were trained in."""
        self.real = torch.float64
        self.weights = [w.detach().double() for w in self.weights]
        self.biases = [b.detach().double() for b in self.biases]
        z = self.logits(self.inputs(x))
        if self.case["loss"] in LINKS:
            return LINKS[self.case["loss"]](z)
        return z * doubles(self.case["outcome_scale"]) + doubles(self.case["outcome_center"])


def doubles(numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def clip(parameters, longest):
    """PyTorch's clip_grad_norm_() adds 1e-6 to the norm, which makes a difference of 1e-7."""
    norm = torch.sqrt(sum((p.grad**2).sum() for p in parameters))
    if norm > longest:
        for p in parameters:
            p.grad *= longest / norm


class Stepper:
    """An optimizer with its schedule and the warm-up before it."""

    def __init__(self, network, case, batches):
        numbers = dict(case["optimizer"])
        groups = [{"params": network.weights}, {"params": network.biases}]
        self.optimizer = OPTIMIZERS[numbers.pop("name")](groups, **numbers)
        numbers = dict(case["schedule"])
        # Not LinearLR, which cannot be chained with a cosine that ends above 0.
        self.warm_up = numbers.pop("warm_up") * batches
        schedule = SCHEDULES[numbers.pop("name")]
        self.schedule = schedule(self.optimizer, len(case["order"]), batches, **numbers)
        self.done = 0

    def step(self):
        self.done += 1
        groups = self.optimizer.param_groups
        scheduled = groups[0]["lr"]
        rate = scheduled * min(1, self.done / self.warm_up) if self.warm_up > 0 else scheduled
        for group in groups:
            group["lr"] = rate
        self.optimizer.step()
        for group in groups:
            group["lr"] = scheduled  # which some schedules go on from
        self.schedule.step()
        return rate


def train(network, case):
    size, order = case["batch_size"], torch.tensor(case["order"])
    starts = range(0, len(network.x), size)
    stepper = Stepper(network, case, len(starts))
    losses, valid_losses, rates, best = [], [], [], None
    for epoch, rows in enumerate(order):
        of_batches = []
        for start in starts:
            batch = slice(start, start + size)
            masks = case["masks"] and [torch.tensor(m[batch]) for m in case["masks"][epoch]]
            stepper.optimizer.zero_grad()
            loss = network.loss(rows[batch], masks)
            (loss + network.penalty()).backward()
            if case["clip_norm"]:
                clip(network.parameters(), case["clip_norm"])
            rate = stepper.step()
            of_batches.append(loss.item())
        losses.append(sum(of_batches) / len(starts))
        rates.append(rate)
        if case["validation"]:
            valid_losses.append(network.validation_loss())
            if valid_losses[-1] == min(valid_losses):
                best = [p.detach().clone() for p in network.parameters()]
    if best:
        network.weights, network.biases = best[::2], best[1::2]
    return losses + valid_losses, rates


def minimize(network, case):
    """L-BFGS: two line searches take different paths to the same minimum."""
    optimizer = torch.optim.LBFGS(
        network.parameters(), max_iter=10000, max_eval=20000, history_size=20,
        tolerance_grad=1e-13, tolerance_change=1e-18, line_search_fn="strong_wolfe",
    )
    rows = torch.arange(len(network.x))

    def evaluate():
        optimizer.zero_grad()
        loss = network.loss(rows) + network.penalty()
        loss.backward()
        return loss

    optimizer.step(evaluate)
    return [network.loss(rows).item()], []


def run(case):
    try:
        network = Network(case)
        lbfgs = case["optimizer"]["name"] == "lbfgs"
        losses, rates = (minimize if lbfgs else train)(network, case)
        weights = torch.cat([p.detach().reshape(-1) for p in network.parameters()])
        predictions = network.predict(case["new_x"]).reshape(-1)
        found = {
            "weights": weights.tolist(), "losses": losses, "rates": rates,
            "predictions": predictions.tolist(),
        }
        if not all(math.isfinite(v) for numbers in found.values() for v in numbers):
            return {"error": "a number that is not finite"}  # and JSON has none
        return found
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def main(cases, results):
    torch.set_num_threads(1)  # networks this small are not worth sharing
    with open(cases) as file:
        found = [run(case) for case in json.load(file)]
    with open(results, "w") as file:
        json.dump(found, file)


main(*sys.argv[1:])
