"""Optimisers of SciPy and Optax on functions of arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.integrations.optimize import FlatObjective, minimize, minimize_optax
from arraybackends.quantum import Circuit, Parameter, PauliSum, expectation_function

pytest.importorskip("scipy")

ISING = PauliSum.from_text("-1 ZZ - 1 XI - 1 IX")
ANSATZ = Circuit(2)
for place, name in enumerate("abcd"):
    ANSATZ.ry(place % 2, Parameter(name))
    if place == 1:
        ANSATZ.cx(0, 1)


def backend(name: str, **options: Any) -> Any:
    """Return a backend whose library is installed."""
    if not ab.available_backends()[name].installed:
        pytest.skip(f"Backend {name} is not installed.")
    return ab.get_backend(name, **options)


@pytest.mark.parametrize("name", ["numpy", "pytorch", "jax", "strict"])
@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS"])
def test_the_ground_state_is_found_on_every_backend(name: str, method: str) -> None:
    """With exact gradients, both methods reach -sqrt(5) from one start."""
    xp = backend(name)
    energy = expectation_function(ANSATZ, ISING, xp=xp)
    start = xp.asarray([0.4, 0.5, 0.6, 0.7])
    found = minimize(energy, start, method=method)
    assert found.converged and found.value == pytest.approx(-math.sqrt(5), abs=1e-9)
    assert found.result.nfev < 60
    assert xp.is_array(found.x) and found.x.shape == (4,) and found.x.dtype == xp.float64
    np.testing.assert_array_equal(xp.to_numpy(start), [0.4, 0.5, 0.6, 0.7])


def test_containers_keep_structure_shapes_and_dtypes() -> None:
    """Nested containers of real and complex arrays of two widths come back as they were."""
    xp = backend("pytorch", device="cpu")
    start = {
        "z": xp.asarray([[1.0 + 2.0j, -1.0j]]),
        "w": [xp.asarray([0.5], dtype=xp.float32), (xp.asarray(2.0), None)],
    }
    goal = xp.asarray([[3.0 - 1.0j, 0.5 + 0.25j]])

    def distance(p: Any) -> Any:
        rest = xp.astype(xp.sum(p["w"][0] ** 2), xp.float64) + (p["w"][1][0] - 1.0) ** 2
        return xp.sum(xp.abs(p["z"] - goal) ** 2) + rest

    objective = FlatObjective(distance, start)
    vector = objective.flat(start)
    np.testing.assert_array_equal(vector, [0.5, 2.0, 1.0, 2.0, 0.0, -1.0])
    back = objective.unflat(vector)
    assert back["w"][0].dtype == xp.float32 and back["w"][1][1] is None
    value, gradient = objective(vector)
    for place in range(6):
        moved = np.array(vector)
        moved[place] += 2.0**-12
        assert (objective(moved)[0] - value) * 2.0**12 == pytest.approx(gradient[place], abs=1e-2)
    found = minimize(distance, start, tol=1e-12)
    assert found.value < 1e-12
    np.testing.assert_allclose(xp.to_numpy(found.x["z"]), xp.to_numpy(goal), atol=1e-5)


def test_methods_without_gradients_and_with_bounds() -> None:
    """Bounds hold, and a method that uses no gradient asks for none."""
    xp = backend("numpy")
    energy = expectation_function(Circuit(1).ry(0, Parameter("t")), PauliSum({"Z": 1.0}), xp=xp)
    found = minimize(energy, xp.asarray([0.1]), bounds=[(0.0, 1.0)])
    assert found.value == pytest.approx(math.cos(1.0))
    simple = minimize(energy, xp.asarray([0.1]), method="Nelder-Mead", tol=1e-10)
    assert simple.value == pytest.approx(-1.0)


def test_mistakes_of_the_caller_are_named() -> None:
    """Integers, a foreign gradient and arrays of another backend are refused."""
    xp = backend("numpy")
    with pytest.raises(ab.DTypeError, match="int64"):
        minimize(lambda x: xp.sum(x), xp.asarray([1, 2]))
    with pytest.raises(ab.GradientError, match="`jac` must not be given"):
        minimize(lambda x: xp.sum(x), xp.asarray([1.0]), jac=None)
    pytest.importorskip("optax")
    with pytest.raises(ab.CapabilityError, match="backend `numpy`"):
        minimize_optax(lambda x: xp.sum(x), xp.asarray([1.0]), None, steps=1)


def test_optax_descends_and_goes_on() -> None:
    """Two calls with the state between them are one call of as many steps; complex numbers too."""
    optax, xp = pytest.importorskip("optax"), backend("jax")
    energy = expectation_function(ANSATZ, ISING, xp=xp)

    def total(p: Any) -> Any:
        return energy(p["t"]) + xp.sum(xp.abs(p["z"] - (1 - 2j)) ** 2)

    start = {"t": xp.asarray([0.4, 0.5, 0.6, 0.7]), "z": xp.asarray([0.5 + 0j])}
    optimizer = optax.adam(0.1)
    whole, _, values = minimize_optax(total, start, optimizer, steps=300)
    assert values.shape == (300,)
    assert float(total(whole)) == pytest.approx(-math.sqrt(5), abs=1e-4)
    half, state, _ = minimize_optax(total, start, optimizer, steps=150)
    resumed, _, rest = minimize_optax(total, half, optimizer, steps=150, state=state)
    np.testing.assert_array_equal(xp.to_numpy(rest), xp.to_numpy(values[150:]))
    np.testing.assert_array_equal(xp.to_numpy(resumed["z"]), xp.to_numpy(whole["z"]))
