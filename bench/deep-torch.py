# Networks of several dense layers in PyTorch, with Adam, as its users write it. Prints the seconds
# of an epoch and of a prediction of all rows, in one line per repetition.
import sys
import time
from importlib import import_module

import torch

# The statement `import` does not take a name with a hyphen.
epoch = import_module("peers-torch").epoch


def network(sizes):
    layers = []
    for inputs, units in zip(sizes[:-2], sizes[1:-1]):
        layers += [torch.nn.Linear(inputs, units), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-2], sizes[-1]))


def main(n, batch, repeat, precision, sizes):
    torch.manual_seed(1)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64 if precision == "double" else torch.float32)
    x = torch.rand(n, sizes[0])
    y = torch.randint(sizes[-1], (n,))
    net = network(sizes)
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    for _ in range(repeat):
        started = time.perf_counter()
        epoch(net, loss, optimizer, x, y, batch)
        trained = time.perf_counter()
        with torch.no_grad():
            torch.softmax(net(x), 1)
        print(trained - started, time.perf_counter() - trained, flush=True)


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:4]), sys.argv[4], [int(v) for v in sys.argv[5:]])
