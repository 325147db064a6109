"""One of several processes that train a hybrid model on their share of a batch."""

from __future__ import annotations

import sys
from datetime import timedelta

import torch
import torch.distributed as dist

from arraybackends.integrations.torch import QuantumLayer
from arraybackends.quantum import Circuit, Parameter, PauliSum


def hybrid_model() -> torch.nn.Module:
    """Return a linear layer before a circuit of two qubits, the same in every process."""
    torch.manual_seed(7)
    circuit = Circuit(2).ry(0, Parameter("x")).rx(1, Parameter("y"))
    circuit.ry(0, Parameter("a")).cx(0, 1).ry(1, Parameter("b"))
    layer = QuantumLayer(circuit, PauliSum({"ZZ": 1.0, "IX": 0.5}), inputs=["x", "y"])
    return torch.nn.Sequential(torch.nn.Linear(3, 2), layer)


def batch() -> torch.Tensor:
    """Return four inputs of three features."""
    return torch.linspace(-1.0, 1.0, 12).reshape(4, 3)


def main(rank: int, n_processes: int, folder: str) -> None:
    """Save the gradients that all processes have agreed on."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", f"file://{folder}/meeting", timedelta(seconds=60), n_processes, rank
    )
    model = torch.nn.parallel.DistributedDataParallel(hybrid_model())
    share = batch().chunk(n_processes)[rank]
    model(share).square().mean().backward()
    torch.save([x.grad for x in model.parameters()], f"{folder}/gradients-{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
