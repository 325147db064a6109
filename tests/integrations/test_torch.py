"""Circuits as layers of PyTorch: gradients, devices, files, training, several processes."""

from __future__ import annotations

import copy
import io
import math
import pickle
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import arraybackends as ab
from arraybackends.quantum import Circuit, Parameter, PauliSum, Projector

torch = pytest.importorskip("torch")

from arraybackends.integrations.torch import QuantumLayer  # noqa: E402

OBSERVABLES = (PauliSum({"ZI": 1.0}), PauliSum({"XX": 0.5, "IY": 2.0}))


def reuploading() -> Circuit:
    """Two qubits; inputs and weights take turns, and one weight is used twice."""
    circuit = Circuit(2).ry(0, Parameter("a")).rx(0, Parameter("x")).rx(1, 2 * Parameter("y"))
    return circuit.cx(0, 1).rz(1, Parameter("b")).ry(0, Parameter("x")).ry(1, -Parameter("a"))


def layer(**options: Any) -> QuantumLayer:
    """Return a layer in double precision with known weights."""
    options = {"initial": [0.3, -0.8], "dtype": torch.float64, **options}
    return QuantumLayer(reuploading(), OBSERVABLES, inputs=["y", Parameter("x")], **options)


def points(*shape: int) -> Any:
    """Return inputs of a batch shape."""
    return torch.linspace(-1.0, 1.5, math.prod(shape) * 2, dtype=torch.float64).reshape(*shape, 2)


def test_values_are_those_of_the_bound_circuit() -> None:
    """Inputs fill their parameters by name, weights the others, over any batch."""
    inputs = points(2, 3)
    values = layer()(inputs)
    assert values.shape == (2, 3, 2) and values.dtype == torch.float64
    for row, value in zip(inputs.reshape(-1, 2), values.reshape(-1, 2), strict=True):
        bound = reuploading().bind({"y": row[0], "x": row[1], "a": 0.3, "b": -0.8})
        with ab.use_backend("pytorch", device="cpu"):
            assert torch.allclose(bound.expectations(OBSERVABLES), value, atol=1e-12)


def test_shapes_follow_the_inputs_and_the_observables() -> None:
    """One observable adds no axis; no inputs, one point and an empty batch are batches too."""
    inputs = points(5)
    one = QuantumLayer(reuploading(), OBSERVABLES[0], inputs=["y", "x"], initial=[0.3, -0.8])
    assert one(inputs.float()).shape == (5,)
    assert one(inputs[0]).shape == () and layer()(inputs[:0]).shape == (0, 2)
    closed = QuantumLayer(reuploading(), list(OBSERVABLES))
    assert closed().shape == (2,) and len(closed.weight_names) == 4


@pytest.mark.parametrize(
    ("diff_method", "tolerance"), [("adjoint", 1e-12), ("parameter-shift", 1e-12),
                                   ("finite-difference", 1e-8)],
)  # fmt: skip
def test_gradients_of_inputs_and_weights(diff_method: Any, tolerance: float) -> None:
    """Each method gives the gradients of backpropagation, through an outer graph."""
    found = []
    for method in (diff_method, "backprop"):
        module, inputs = layer(diff_method=method), points(3).requires_grad_()
        torch.sin(module(inputs * 2)).sum().backward()
        found.append((inputs.grad, module.weights.grad))
    for ours, theirs in zip(*found, strict=True):
        assert float(theirs.abs().max()) > 0.1
        assert torch.allclose(ours, theirs, rtol=0, atol=tolerance)


def test_second_derivatives_and_transforms() -> None:
    """`gradgradcheck` holds, and functional calls over batches of weights are ensembles."""
    module, inputs = layer(), points(1).requires_grad_()
    assert torch.autograd.gradgradcheck(module, (inputs,))
    weights = torch.stack([module.weights.detach(), torch.zeros(2, dtype=torch.float64)])
    ensemble = torch.func.vmap(
        lambda w: torch.func.functional_call(module, {"weights": w}, (inputs,))
    )(weights)
    assert torch.allclose(ensemble[0], module(inputs))
    assert torch.allclose(ensemble[1], layer(initial=[0.0, 0.0])(inputs))


def test_noisy_circuits_are_layers() -> None:
    """A channel after RX(t) shrinks cos t, and its probability may be a weight."""
    circuit = Circuit(1).rx(0, Parameter("t")).bit_flip(0, Parameter("p"))
    module = QuantumLayer(circuit, Projector("0"), inputs=["t"], initial=[0.1])
    value = module(torch.tensor([0.3]))
    assert float(value.detach()) == pytest.approx((1 + 0.8 * math.cos(0.3)) / 2, abs=1e-6)
    value.backward()
    assert float(module.weights.grad) == pytest.approx(-math.cos(0.3), abs=1e-5)


def test_modules_move_and_change_precision() -> None:
    """Results have the device and dtype of the weights; half-precision inputs are widened."""
    inputs = points(3)
    single = layer().float()
    assert single(inputs.half()).dtype == torch.float32
    assert torch.allclose(single(inputs).double(), layer()(inputs), atol=1e-5)
    assert single.double()(inputs).dtype == torch.float64
    abstract = layer().to("meta")
    assert abstract(inputs.to("meta")).device.type == "meta"
    with pytest.raises(ab.DTypeError, match="half precision"):
        layer().half()(inputs)


def test_autocast_leaves_the_circuit_alone() -> None:
    """The linear layer computes in bfloat16, the circuit in float32, with stable gradients."""
    torch.manual_seed(0)
    linear, module, inputs = torch.nn.Linear(2, 2), layer(dtype=torch.float32), points(8).float()
    plain = module(linear(inputs)).square().sum()
    expected = torch.autograd.grad(plain, [linear.weight, module.weights])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = linear(inputs)
        values = module(hidden)
    assert hidden.dtype == torch.bfloat16 and values.dtype == torch.float32
    assert torch.equal(values, module(hidden.float()))
    found = torch.autograd.grad(values.square().sum(), [linear.weight, module.weights])
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-2 * float(theirs.abs().max()))


def test_files_and_copies_keep_the_layer() -> None:
    """`state_dict` loads with `weights_only=True`; pickles and deep copies give equal results."""
    module, inputs = layer(), points(3)
    expected = module(inputs)
    for twin in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):  # noqa: S301
        assert torch.equal(twin(inputs), expected)
        assert twin.weights is not module.weights
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other = layer(initial=None)
    assert not torch.equal(other(inputs), expected)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(inputs), expected)


def test_weights_start_by_the_generator_of_pytorch() -> None:
    """The same seed gives the same weights, in [0, 2 pi)."""
    torch.manual_seed(5)
    first = layer(initial=None).weights
    torch.manual_seed(5)
    assert torch.equal(first, layer(initial=None).weights)
    assert bool(torch.all((first >= 0) & (first < 2 * math.pi)))


def test_mistakes_are_named() -> None:
    """Errors say which argument is wrong, and what would be right."""
    circuit, observable = reuploading(), OBSERVABLES[0]
    with pytest.raises(ValueError, match="'z', which is no parameter"):
        QuantumLayer(circuit, observable, inputs=["z"])
    with pytest.raises(ValueError, match="'x' more than once"):
        QuantumLayer(circuit, observable, inputs=["x", "x"])
    with pytest.raises(ValueError, match="at least one"):
        QuantumLayer(circuit, [])
    with pytest.raises(ab.ShapeError, match=r"shape \(4,\)"):
        QuantumLayer(circuit, observable, initial=[1.0])
    with pytest.raises(ab.ShapeError, match="last axis of length 2"):
        layer()(torch.zeros(3))
    with pytest.raises(ab.DTypeError, match="real"):
        layer()(torch.zeros(2, dtype=torch.complex64))
    with pytest.raises(ab.DTypeError, match="float32 or float64"):
        layer(dtype=torch.float16)
    with pytest.raises(TypeError, match="array"):
        QuantumLayer(Circuit(1).rx(0, torch.tensor(0.3)), PauliSum({"Z": 1.0}))


# Training


def test_variational_eigensolver_with_adam() -> None:
    """Adam on what the energy reads brings H = -Z0 Z1 - X0 - X1 to -sqrt(5)."""
    xp = ab.get_backend("pytorch", device="cpu")
    hamiltonian = PauliSum.from_text("-1 ZZ - 1 XI - 1 IX")

    def energy(theta: Any) -> Any:
        circuit = Circuit(2).ry(0, theta[0]).ry(1, theta[1]).cx(0, 1)
        return circuit.ry(0, theta[2]).ry(1, theta[3]).expectation(hamiltonian)

    theta = torch.nn.Parameter(xp.randn((4,), seed=3))
    optimizer = torch.optim.Adam([theta], lr=0.1)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.98)
    for _ in range(200):
        _, theta.grad = xp.value_and_grad(energy)(theta.detach())
        optimizer.step()
        schedule.step()
    assert float(energy(theta.detach())) == pytest.approx(-math.sqrt(5), abs=1e-6)


def classifier() -> torch.nn.Module:
    """Four features become angles of four qubits, three times over, and <Z> a logit."""
    circuit = Circuit(4)
    for block in range(3):
        for qubit in range(4):
            circuit.ry(qubit, Parameter(f"x{qubit}")).ry(qubit, Parameter(f"a{block}{qubit}"))
            circuit.rz(qubit, Parameter(f"b{block}{qubit}"))
        for qubit in range(4):
            circuit.cx(qubit, (qubit + 1) % 4)
    readout = QuantumLayer(circuit, [PauliSum({"ZIII": 1.0}), PauliSum({"IIZI": 1.0})],
                           inputs=[f"x{qubit}" for qubit in range(4)])  # fmt: skip
    return torch.nn.Sequential(readout, torch.nn.Linear(2, 1), torch.nn.Flatten(0))


def irises() -> tuple[Any, ...]:
    """Versicolor and virginica, which no plane separates: 70 to learn from and 30 to test on."""
    data = pytest.importorskip("sklearn.datasets").load_iris()
    chosen = data.target > 0
    features = torch.tensor(data.data[chosen], dtype=torch.float32)
    labels = torch.tensor(data.target[chosen] - 1, dtype=torch.float32)
    order = torch.randperm(100, generator=torch.Generator().manual_seed(0))
    learn, test = order[:70], order[70:]
    features = (features - features[learn].mean(0)) / features[learn].std(0)
    return features[learn], labels[learn], features[test], labels[test]


class Training:
    """A model, its optimiser and its data, which can be stopped and taken up again."""

    def __init__(self, features: Any, labels: Any) -> None:
        torch.manual_seed(11)
        self.features, self.labels = features, labels
        self.model = classifier()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.1)
        self.losses: list[float] = []

    def run(self, steps: int) -> None:
        """Take steps on random halves of the data."""
        for _ in range(steps):
            few = torch.randperm(len(self.labels))[: len(self.labels) // 2]
            logits = 3 * self.model(self.features[few])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, self.labels[few])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.losses.append(loss.item())

    def save(self, path: Path) -> None:
        """Write all that the next step depends on."""
        torch.save(
            {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
             "generator": torch.get_rng_state()}, path
        )  # fmt: skip

    def load(self, path: Path) -> None:
        """Take up what was saved."""
        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        torch.set_rng_state(saved["generator"])


def test_a_network_learns_irises_and_resumes_exactly(tmp_path: Path) -> None:
    """Nine of ten test flowers are right, and a training resumed from a file has the same bits."""
    features, labels, test_features, test_labels = irises()
    whole = Training(features, labels)
    whole.run(20)
    whole.save(tmp_path / "checkpoint.pt")
    whole.run(20)
    resumed = Training(features, labels)
    resumed.load(tmp_path / "checkpoint.pt")
    resumed.run(20)
    assert resumed.losses == whole.losses[20:]
    for ours, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    with torch.no_grad():
        right = (whole.model(test_features) > 0) == (test_labels > 0.5)
    assert float(right.float().mean()) >= 0.9


def test_gradients_are_scaled_for_half_precision() -> None:
    """`GradScaler` lowers the loss of a hybrid model, and skips a step with infinite gradients."""
    torch.manual_seed(2)
    linear, module, inputs = torch.nn.Linear(2, 2), layer(dtype=torch.float32), points(16).float()
    parameters = [*linear.parameters(), *module.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.2)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.float16):
            loss = (module(linear(inputs)) - 0.5).square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    before = [x.detach().clone() for x in parameters]
    scale = scaler.get_scale()
    linear.weight.grad[0, 0] = math.inf
    scaler.step(optimizer)
    scaler.update()
    assert scaler.get_scale() < scale
    assert all(torch.equal(x, y) for x, y in zip(parameters, before, strict=True))


def test_two_processes_give_the_gradients_of_one(tmp_path: Path) -> None:
    """`DistributedDataParallel` over gloo averages the gradients of the shares of a batch."""
    script = Path(__file__).with_name("data_parallel.py")
    running = [
        subprocess.Popen([sys.executable, str(script), str(rank), "2", str(tmp_path)])
        for rank in range(2)
    ]
    example = runpy.run_path(str(script))
    model = example["hybrid_model"]()
    model(example["batch"]()).square().mean().backward()
    assert [process.wait(timeout=90) for process in running] == [0, 0]
    for rank in range(2):
        shared = torch.load(tmp_path / f"gradients-{rank}.pt", weights_only=True)
        for ours, x in zip(shared, model.parameters(), strict=True):
            assert torch.allclose(ours, x.grad, rtol=1e-5, atol=1e-6)
