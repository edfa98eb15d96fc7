# Epochs of the same network in PyTorch, one optimizer step per batch, as its users
# write it. Prints one line per repetition: seconds for one epoch.
import sys
import time

import torch


def model(inputs, hidden, outputs):
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.Sigmoid(), torch.nn.Linear(hidden, outputs)
    )


def epoch(net, loss, optimizer, x, y, batch):
    order = torch.randperm(len(x))
    for start in range(0, len(x), batch):
        rows = order[start : start + batch]
        optimizer.zero_grad()
        loss(net(x[rows]), y[rows]).backward()
        optimizer.step()


def main(n, inputs, hidden, outputs, batch, precision, threads, repeat, density):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    torch.set_default_dtype(torch.float64 if precision == "double" else torch.float32)
    x = torch.rand(n, inputs) * (torch.rand(n, inputs) < density)
    y = torch.randint(outputs, (n,)) if outputs > 1 else torch.rand(n, 1)
    loss = torch.nn.CrossEntropyLoss() if outputs > 1 else torch.nn.MSELoss()
    net = model(inputs, hidden, outputs)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(repeat):
        started = time.perf_counter()
        epoch(net, loss, optimizer, x, y, batch)
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    shape = [int(value) for value in sys.argv[1:6]]
    main(*shape, sys.argv[6], int(sys.argv[7]), int(sys.argv[8]), float(sys.argv[9]))
