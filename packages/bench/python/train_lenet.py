"""Train a LeNet-like network on one thread and print how long some steps took: BATCH STEPS WARM_UP."""

import json
import sys
import time

import torch
from torch import nn

batch, steps, warm_up = (int(word) for word in sys.argv[1:4])
torch.set_num_threads(1)
torch.manual_seed(1)
network = nn.Sequential(
    nn.Conv2d(1, 6, 5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(6, 16, 5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(256, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
)
optimiser = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
loss_of = nn.CrossEntropyLoss()
rows = 10 * batch
images = torch.randn(rows, 1, 28, 28)
labels = torch.randint(0, 10, (rows,))
start = 0.0
for step in range(warm_up + steps):
    if step == warm_up:
        start = time.perf_counter()
    chosen = torch.randint(0, rows, (batch,))
    optimiser.zero_grad()
    loss = loss_of(network(images[chosen]), labels[chosen])
    loss.backward()
    optimiser.step()
    loss.item()
print(json.dumps({"seconds": time.perf_counter() - start, "version": torch.__version__}))
