"""Which backend: argument, context, process default, environment, in that order, then NumPy."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import pickle
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import arraybackends as ab
from arraybackends.selection import choice, environment

INSTALLED = [name for name, status in ab.available_backends().items() if status.installed]
VARIABLES = ("ARRAYBACKENDS_BACKEND", "ARRAYBACKENDS_DEVICE", "ARRAYBACKENDS_PRECISION")
NAMES = "numpy, pytorch, jax, cupy, strict"

needs_strict = pytest.mark.skipif("strict" not in INSTALLED, reason="needs array-api-strict")
needs_torch = pytest.mark.skipif("pytorch" not in INSTALLED, reason="needs PyTorch")


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin every test as a fresh process does, and leave nothing behind."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(choice, "_process_default", None)


@pytest.fixture(params=INSTALLED)
def name(request: pytest.FixtureRequest) -> str:
    """Name of each installed backend."""
    return str(request.param)


class TestNames:
    """Canonical names, aliases, and what is neither."""

    def test_canonical(self, name: str) -> None:
        """A backend carries its canonical name and the version of its library."""
        xp = ab.get_backend(name)
        assert xp.name == name
        assert xp.library_version == ab.available_backends()[name].version

    @needs_torch
    def test_alias(self) -> None:
        """The alias gives the same backend, under the canonical name."""
        assert ab.get_backend("torch") is ab.get_backend("pytorch")
        assert ab.set_backend("torch").name == "pytorch"

    @pytest.mark.parametrize(
        ("unknown", "suggestion"),
        [
            ("pytorhc", "pytorch"),
            ("PyTorch", "pytorch"),
            (" numpy", "numpy"),
            ("TORCH", "torch"),
            ("jaxx", "jax"),
        ],
    )
    def test_unknown_with_suggestion(self, unknown: str, suggestion: str) -> None:
        """An unknown name is an error that suggests one and lists all."""
        message = f"^Backend `{unknown}` is unknown. Did you mean `{suggestion}`.*: {NAMES}"
        with pytest.raises(ab.UnknownBackendError, match=message):
            ab.get_backend(unknown)

    @pytest.mark.parametrize("unknown", ["", "fortran"])
    def test_unknown(self, unknown: str) -> None:
        """Where nothing is close, nothing is suggested; it is a ValueError everywhere."""
        message = f"^Backend `{unknown}` is unknown. Known backends: {NAMES}"
        for choose in (ab.get_backend, ab.set_backend, ab.use_backend):
            with pytest.raises(ValueError, match=message):
                choose(unknown)
        assert ab.get_backend().name == "numpy"

    @pytest.mark.parametrize("wrong", [3, np, b"numpy"], ids=["int", "module", "bytes"])
    def test_no_name(self, wrong: Any) -> None:
        """What is neither a name nor a backend is an error."""
        message = "Argument `name` must be the name of a backend or a backend, but is .*Known names"
        for choose in (ab.get_backend, ab.set_backend, ab.use_backend):
            with pytest.raises(TypeError, match=message):
                choose(wrong)

    def test_none_sets_nothing(self) -> None:
        """None means the current backend, which there is no use in setting."""
        for choose in (ab.set_backend, ab.use_backend):
            with pytest.raises(TypeError, match=r"must be the name of a backend .* but is None"):
                choose(None)  # type: ignore[arg-type]


class TestOptions:
    """Device and precision."""

    def test_device_in_the_name(self, name: str) -> None:
        """A device may follow the name after a colon, or be an argument, or both if they agree."""
        device = ab.get_backend(name).device
        for xp in (
            ab.get_backend(f"{name}:{device}"),
            ab.get_backend(name, device=device),
            ab.get_backend(f"{name}:{device}", device=device),
        ):
            assert xp.device == device

    def test_device_given_twice(self) -> None:
        """Two devices that differ are an error."""
        message = "`name` is 'numpy:cpu', which names device 'cpu', but `device` is 'gpu'. Give"
        with pytest.raises(ab.DeviceError, match=message):
            ab.get_backend("numpy:cpu", device="gpu")

    def test_no_device_after_the_colon(self) -> None:
        """A colon that names no device is an error."""
        with pytest.raises(ab.DeviceError, match="'numpy:' names no device after the colon"):
            ab.get_backend("numpy:")

    def test_device_of_no_kind(self) -> None:
        """What cannot be a device is an error."""
        with pytest.raises(ab.DeviceError, match=r"`device` must be a string .* but is \['cpu'\]"):
            ab.get_backend("numpy", device=["cpu"])

    def test_unknown_device(self, name: str) -> None:
        """A device that does not exist is an error that names it and the backend's devices."""
        known = ab.get_backend(name).devices()[0]
        with pytest.raises(ab.DeviceError, match=rf"`device` is 'abacus:7'.*{known}"):
            ab.get_backend(name, device="abacus:7")

    def test_same_choice_same_object(self, name: str) -> None:
        """The same choice gives the same object, with its resolved names."""
        assert ab.get_backend(name) is ab.get_backend(name)
        assert ab.get_backend(name, precision="double") is ab.get_backend(name)

    def test_options_of_the_current_backend(self) -> None:
        """Without a name the options apply to the current backend; what is not given is kept."""
        with ab.use_backend("numpy", precision="single") as xp:
            assert ab.get_backend() is xp
            assert ab.get_backend(device="cpu").precision == "single"
            assert ab.get_backend(precision="double").precision == "double"
            assert ab.get_backend(xp) is xp
            assert ab.get_backend(xp, precision="double") == ab.get_backend("numpy")

    def test_options_survive(self) -> None:
        """A backend that is set keeps its device and precision."""
        ab.set_backend("numpy", device="cpu", precision="single")
        assert ab.get_backend().precision == "single"
        assert ab.backend.zeros(2).dtype == np.float32


class TestBackendObjects:
    """Backends are values: frozen, hashable, comparable, picklable."""

    @pytest.mark.parametrize("precision", ["double", "single"])
    def test_round_trips(self, name: str, precision: Any) -> None:
        """Copies and pickles are equal to the original, and so are their hashes."""
        xp = ab.get_backend(name, precision=precision)
        twins = [copy.copy(xp), copy.deepcopy({"xp": xp})["xp"], pickle.loads(pickle.dumps(xp))]  # noqa: S301
        for twin in twins:
            assert twin == xp
            assert hash(twin) == hash(xp)
            assert (twin.name, twin.device, twin.precision) == (name, xp.device, precision)

    def test_equality(self, name: str) -> None:
        """Backends are equal if name, device and precision are."""
        xp = ab.get_backend(name)
        single = xp.with_options(precision="single")
        assert single != xp
        assert single.with_options(precision="double") == xp
        assert single.with_options() == single
        assert xp != name
        assert len({xp, single, xp.with_options()}) == 2

    @needs_strict
    def test_another_device(self) -> None:
        """Another device makes another backend; the first one stays as it is."""
        xp = ab.get_backend("strict")
        other = xp.with_options(device="device1")
        assert (xp.device, other.device) == ("CPU_DEVICE", "device1")
        assert other != xp
        assert other.device_of(other.zeros(2)) == "device1"

    def test_representation(self) -> None:
        """The representation tells device and precision."""
        assert repr(ab.get_backend("numpy")) == "NumPyBackend(device='cpu', precision='double')"

    def test_frozen(self, name: str) -> None:
        """Attributes cannot be set or deleted."""
        xp = ab.get_backend(name)
        with pytest.raises(AttributeError, match=r"immutable: attribute `device` .*`with_options`"):
            xp.device = "elsewhere"  # type: ignore[misc]
        with pytest.raises(AttributeError, match="immutable: attribute `sum`"):
            del xp.sum

    def test_unknown_attribute(self, name: str) -> None:
        """A misspelt attribute is an error (Python adds a suggestion when it prints it)."""
        xp = ab.get_backend(name)
        with pytest.raises(AttributeError, match="has no attribute 'matmull'"):
            xp.matmull  # type: ignore[attr-defined]  # noqa: B018
        with pytest.raises(AttributeError, match=rf"`{name}\.linalg` has no .* `solev`.*`solve`"):
            xp.linalg.solev  # type: ignore[attr-defined]  # noqa: B018

    def test_dtype_constants(self, name: str) -> None:
        """Each dtype constant makes arrays of that dtype."""
        xp = ab.get_backend(name)
        for dtype in xp.__array_namespace_info__().dtypes():
            assert xp.zeros(2, dtype=getattr(xp, dtype)).dtype == getattr(xp, dtype)


class TestEnvironment:
    """The environment is read when it is needed, and mistakes in it are never passed over."""

    def test_backend_and_device(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """The variables choose backend and device, together or in one."""
        device = ab.get_backend(name).devices()[-1]
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", name)
        monkeypatch.setenv("ARRAYBACKENDS_DEVICE", device)
        assert (ab.get_backend().name, ab.get_backend().device) == (name, device)
        assert ab.get_backend(name).device == device
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", f"{name}:{device}")
        monkeypatch.delenv("ARRAYBACKENDS_DEVICE")
        assert (ab.get_backend().name, ab.get_backend().device) == (name, device)

    def test_precision(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The variable sets the precision of whatever is chosen without one."""
        monkeypatch.setenv("ARRAYBACKENDS_PRECISION", "single")
        assert ab.get_backend().precision == ab.get_backend("numpy").precision == "single"
        assert ab.get_backend("numpy", precision="double").precision == "double"

    @pytest.mark.parametrize(
        ("variable", "value", "error", "message"),
        [
            ("BACKEND", "", ab.UnknownBackendError, f"is empty. Unset it, or set .* of {NAMES}"),
            ("BACKEND", "  ", ab.UnknownBackendError, "is empty"),
            (
                "BACKEND",
                "pytorhc",
                ab.UnknownBackendError,
                (
                    r"^Backend `pytorhc` is unknown\. Did you mean `pytorch`\? Known backends: "
                    rf"{NAMES}\. \(Environment variable `ARRAYBACKENDS_BACKEND` is 'pytorhc'\.\)"
                ),
            ),
            ("BACKEND", "numpy:", ab.DeviceError, "'numpy:' names no device"),
            ("BACKEND", "numpy:cuda:1", ab.DeviceError, "`device` is 'cuda:1', but.*'cpu'"),
            ("DEVICE", "", ab.DeviceError, "`ARRAYBACKENDS_DEVICE` is empty.*such as cpu or cuda"),
            (
                "DEVICE",
                "cuda:1",
                ab.DeviceError,
                r"`device` is 'cuda:1', but .*variable `ARRAYBACKENDS_DEVICE` is 'cuda:1'\.\)",
            ),
            ("PRECISION", "", ValueError, "`ARRAYBACKENDS_PRECISION` is empty.*double or single"),
            (
                "PRECISION",
                "half",
                ab.UnknownBackendError,
                "`ARRAYBACKENDS_PRECISION` must be double or single, but is 'half'",
            ),
        ],
    )
    def test_mistakes(
        self,
        monkeypatch: pytest.MonkeyPatch,
        variable: str,
        value: str,
        error: type[Exception],
        message: str,
    ) -> None:
        """An empty, misspelt or impossible value is an error that names the variable's choices."""
        monkeypatch.setenv(f"ARRAYBACKENDS_{variable}", value)
        with pytest.raises(error, match=message):
            ab.get_backend()

    def test_two_devices(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two variables that name different devices are an error, unless an argument decides."""
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", "numpy:cuda:0")
        monkeypatch.setenv("ARRAYBACKENDS_DEVICE", "cpu")
        message = "`ARRAYBACKENDS_BACKEND` is 'numpy:cuda:0', but `ARRAYBACKENDS_DEVICE` is 'cpu'"
        with pytest.raises(ab.DeviceError, match=message):
            ab.get_backend()
        assert ab.get_backend(device="cpu").device == "cpu"

    def test_unknown_variable_warns_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A variable that is not read is warned about, with a suggestion, once."""
        monkeypatch.setenv("ARRAYBACKENDS_BACKENDS", "jax")
        message = (
            r"`ARRAYBACKENDS_BACKENDS` is not read by arraybackends\. "
            r"Did you mean `ARRAYBACKENDS_BACKEND`\? Known variables: ARRAYBACKENDS_BACKEND, "
        )
        environment._warn_about_unknown_variables.cache_clear()
        with pytest.warns(ab.EnvironmentVariableWarning, match=message):
            assert ab.get_backend().name == "numpy"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ab.get_backend("numpy")

    def test_read_at_use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A variable set after the import counts, and so does taking it away."""
        monkeypatch.setenv("ARRAYBACKENDS_PRECISION", "single")
        assert ab.get_backend().precision == "single"
        monkeypatch.delenv("ARRAYBACKENDS_PRECISION")
        assert ab.get_backend().precision == "double"


class TestPrecedence:
    """Argument, context, process default, environment, NumPy."""

    @needs_strict
    def test_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each of them yields to those before it."""
        assert ab.provenance() == (
            "Backend `numpy`: Nothing else was said, and NumPy is the default."
        )
        monkeypatch.setenv("ARRAYBACKENDS_BACKEND", "strict")
        assert ab.get_backend().name == "strict"
        assert ab.provenance() == (
            "Backend `strict`: Environment variable `ARRAYBACKENDS_BACKEND` is 'strict'."
        )
        ab.set_backend("numpy")
        assert ab.get_backend().name == "numpy"
        assert ab.provenance() == "Backend `numpy`: `set_backend` was called with 'numpy'."
        with ab.use_backend("strict"):
            assert ab.get_backend().name == "strict"
            assert ab.provenance() == "Backend `strict`: `use_backend('strict')` is active."
            assert ab.get_backend("numpy").name == "numpy"
            ab.set_backend("numpy")
            assert ab.get_backend().name == "strict"
        assert ab.get_backend().name == "numpy"

    def test_a_failed_choice_changes_nothing(self) -> None:
        """After an error the backend is what it was."""
        ab.set_backend("numpy", precision="single")
        with pytest.raises(ab.UnknownBackendError, match="unknown"):
            ab.set_backend("nothing")
        with pytest.raises(ab.DeviceError, match="cuda"):
            ab.set_backend("numpy", device="cuda:0")
        assert ab.get_backend().precision == "single"

    @needs_strict
    def test_module_attribute_is_current(self) -> None:
        """`ab.backend` follows every change."""
        seen = [ab.backend.name]
        with ab.use_backend("strict"):
            seen.append(ab.backend.name)
        ab.set_backend("strict")
        seen.append(ab.backend.name)
        assert seen == ["numpy", "strict", "strict"]


@needs_strict
class TestContext:
    """`use_backend` is local and ends with its block."""

    def test_nesting(self) -> None:
        """Inner blocks win, and every end restores what was before."""
        outer = ab.use_backend("strict")
        with outer as xp:
            assert ab.get_backend() is xp
            with ab.use_backend("numpy"), outer:
                assert ab.get_backend().name == "strict"
            assert ab.get_backend().name == "strict"
            with ab.use_backend("numpy"):
                assert ab.get_backend().name == "numpy"
            assert ab.get_backend().name == "strict"
        assert ab.get_backend().name == "numpy"

    def test_exception(self) -> None:
        """An exception ends the block and propagates."""
        with pytest.raises(ZeroDivisionError), ab.use_backend("strict"):
            _ = 1 / 0
        assert ab.get_backend().name == "numpy"

    def test_decorator(self) -> None:
        """A decorated function runs with the backend, every time, also recursively."""

        @ab.use_backend("strict", precision="single")
        def fn(depth: int) -> list[str]:
            """Say what the backend is."""
            seen = [f"{ab.get_backend().name} {ab.get_backend().precision}"]
            return seen + (fn(depth - 1) if depth else [])

        assert fn(2) == ["strict single"] * 3
        assert fn(0) == ["strict single"]
        assert fn.__doc__ == "Say what the backend is."
        assert ab.get_backend().name == "numpy"

    def test_decorated_coroutine(self) -> None:
        """A decorated coroutine function runs with the backend from start to end."""

        @ab.use_backend("strict")
        async def fn() -> list[str]:
            before = ab.get_backend().name
            await asyncio.sleep(0)
            return [before, ab.get_backend().name]

        assert asyncio.run(fn()) == ["strict", "strict"]

    def test_decorated_generator(self) -> None:
        """A generator function, which runs in whoever's context, cannot be decorated."""

        def generate() -> Iterator[str]:
            yield ab.get_backend().name

        message = "`fn` must not be a generator function, but is .*generate.*`with` block inside"
        with pytest.raises(TypeError, match=message):
            ab.use_backend("strict")(generate)

    def test_interleaved_generators(self) -> None:
        """Blocks that end in another order than they began leave nothing behind."""

        def block(name: str) -> Iterator[str]:
            with ab.use_backend(name, precision="single"):
                yield ab.get_backend().name

        first, second = block("strict"), block("numpy")
        assert (next(first), next(second)) == ("strict", "numpy")
        assert next(first, None) is None
        assert ab.get_backend().name == "numpy"
        assert ab.get_backend().precision == "single"
        assert next(second, None) is None
        assert ab.get_backend().precision == "double"

    def test_closing_elsewhere(self) -> None:
        """A block that ends in a context where it never began changes nothing there."""
        block = ab.use_backend("strict")
        contextvars.Context().run(block.__enter__)
        block.__exit__(None, None, None)
        assert ab.get_backend().name == "numpy"

    def test_threads(self) -> None:
        """Threads with different backends never see each other's."""
        barrier = threading.Barrier(4, timeout=60)

        def work(name: str) -> list[str]:
            seen = [ab.get_backend().name]
            barrier.wait()
            with ab.use_backend(name):
                barrier.wait()
                seen.append(ab.get_backend().name)
                barrier.wait()
            return [*seen, ab.get_backend().name]

        names = ["numpy", "strict"] * 2
        with ab.use_backend("strict"), ThreadPoolExecutor(4) as pool:
            found = list(pool.map(work, names))
        assert found == [["numpy", name, "numpy"] for name in names]

    def test_process_default_reaches_threads(self) -> None:
        """`set_backend` counts in threads that start later."""
        ab.set_backend("strict")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: ab.get_backend().name).result() == "strict"

    def test_tasks(self) -> None:
        """Tasks of one loop with different backends never see each other's, and inherit."""

        async def work(name: str) -> list[str]:
            seen = [ab.get_backend().name]
            with ab.use_backend(name):
                for _ in range(3):
                    await asyncio.sleep(0)
                    seen.append(ab.get_backend().name)
            return [*seen, ab.get_backend().name]

        async def main() -> list[list[str]]:
            with ab.use_backend("strict"):
                return await asyncio.gather(*(work(name) for name in ("numpy", "strict")))

        assert asyncio.run(main()) == [
            ["strict", "numpy", "numpy", "numpy", "strict"],
            ["strict", "strict", "strict", "strict", "strict"],
        ]


class TestBackendOf:
    """The backend that arrays belong to."""

    def test_arrays(self, name: str) -> None:
        """Arrays lead to their backend; Python numbers are passed over."""
        xp = ab.get_backend(name)
        found = ab.backend_of(2.0, xp.ones(3), 1j, xp.zeros((), dtype="int32"), True)
        assert (found.name, found.device) == (name, xp.device)

    def test_numpy_scalars(self) -> None:
        """NumPy's scalars, which its functions return, are arrays of NumPy."""
        assert ab.backend_of(np.float64(1.0)).name == "numpy"

    def test_traced_arrays(self, name: str) -> None:
        """Inside compiled and mapped functions arrays still lead to their backend."""
        xp = ab.get_backend(name)
        seen = []

        def fn(x: Any) -> Any:
            seen.append(ab.backend_of(x).name)
            return x * 2

        xp.vmap(fn)(xp.ones((2, 2)))
        assert set(seen) == {name}

    def test_mixed(self, name: str) -> None:
        """Arrays of two backends are an error that names both and the way out."""
        other = "numpy" if name != "numpy" else "strict"
        if other not in INSTALLED:
            pytest.skip("needs two backends")
        first, second = sorted([name, other])
        message = f"backends `{first}` and `{second}` are mixed.*`xp.from_dlpack`"
        with pytest.raises(ab.BackendMismatchError, match=message):
            ab.backend_of(ab.get_backend(name).ones(2), ab.get_backend(other).ones(2))

    @needs_strict
    def test_devices(self) -> None:
        """The backend is on the arrays' device, and arrays on two devices are an error."""
        xp = ab.get_backend("strict")
        there = xp.ones(2, device="device1")
        assert ab.backend_of(there).device == "device1"
        with pytest.raises(ab.DeviceError, match=r"devices CPU_DEVICE and device1.*`xp.to_device`"):
            ab.backend_of(xp.ones(2), there)

    def test_precision_of_the_current_backend(self, name: str) -> None:
        """If the arrays belong to the current backend, its options count."""
        with ab.use_backend(name, precision="single") as xp:
            assert ab.backend_of(xp.ones(2, dtype="int32")).precision == "single"

    @pytest.mark.parametrize(
        ("dtypes", "precision"),
        [
            (["float32"], "single"),
            (["complex64", "int64"], "single"),
            (["float32", "complex128"], "double"),
            (["int32"], "double"),
        ],
    )
    @needs_strict
    def test_precision_of_the_arrays(self, dtypes: list[str], precision: str) -> None:
        """If another backend is current, the widest array sets the precision."""
        xp = ab.get_backend("strict")
        assert ab.backend_of(*(xp.ones(2, dtype=d) for d in dtypes)).precision == precision

    def test_nothing(self) -> None:
        """Without an array there is no answer."""
        with pytest.raises(TypeError, match=r"at least one array, but is \(1\.0, 2\).*get_backend"):
            ab.backend_of(1.0, 2)

    @pytest.mark.parametrize("make", [list, str, object])
    def test_no_array(self, make: Callable[[], Any]) -> None:
        """What is no array is named by its position and type."""
        with pytest.raises(TypeError, match=r"Argument 1 is of type `builtins\..*no array of any"):
            ab.backend_of(np.ones(2), make())

    @pytest.mark.parametrize(
        "belongings", [np.dtype("float64"), np.random.default_rng(0), np.add], ids=type
    )
    def test_belongings_of_libraries(self, belongings: Any) -> None:
        """Other objects of an array library are no arrays."""
        with pytest.raises(TypeError, match=r"Argument 0 is of type `numpy\..*no array of any"):
            ab.backend_of(belongings)


class TestAvailable:
    """What there is."""

    def test_names(self) -> None:
        """The shipped backends come first, each with its status."""
        found = ab.available_backends()
        assert ", ".join(list(found)[:5]) == NAMES
        assert found["numpy"] == ab.BackendStatus("numpy", True, np.__version__, None, None, None)

    def test_not_installed(self) -> None:
        """What is not installed says how to install it."""
        for name, status in ab.available_backends().items():
            assert (status.problem is None) == status.installed
            if not status.installed:
                with pytest.raises(
                    ab.BackendNotInstalledError, match=r"pip install '?arraybackends"
                ):
                    ab.get_backend(name)
