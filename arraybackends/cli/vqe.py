"""`arraybackends vqe`: the ground-state energy of a molecule."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from arraybackends.cli.terminal import Progress, paint
from arraybackends.quantum.algorithms import Minimum, excitation_ansatz, vqe
from arraybackends.quantum.algorithms.minimization import default_tolerance
from arraybackends.quantum.molecules import Molecule, load_molecule, molecule_names
from arraybackends.selection import get_backend, provenance

if TYPE_CHECKING:
    from arraybackends.protocol import ArrayBackend

__all__ = ["add_command"]

_SCHEMA = "arraybackends.vqe/1"


def add_command(commands: Any, /) -> None:
    """Add the command to a parser."""
    parser = commands.add_parser(
        "vqe",
        help="compute the ground-state energy of a molecule",
        description="Compute the ground-state energy of a molecule with the variational quantum "
        "eigensolver, and compare it with the exact one.",
    )
    parser.add_argument("molecule", choices=molecule_names(), help="which molecule")
    parser.add_argument(
        "--backend", metavar="NAME",
        help="numpy, pytorch, jax, cupy, strict or a plug-in, perhaps with a device "
        "(pytorch:cuda:1); default: ARRAYBACKENDS_BACKEND, else numpy",
    )  # fmt: skip
    parser.add_argument("--device", help="cpu, cuda:0, ...; default: that of the backend")
    parser.add_argument(
        "--precision", choices=("double", "single"), help="default: ARRAYBACKENDS_PRECISION"
    )
    parser.add_argument(
        "--layers", type=_positive, metavar="N",
        help="layers of the ansatz; default: one for each pair of electrons",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=_seed, default=0, help="seed of the starting point; default: 0"
    )
    parser.add_argument(
        "--max-iterations", type=_positive, default=1000, metavar="N",
        help="stop after so many iterations; default: 1000",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    parser.set_defaults(run=_run)


def _positive(text: str) -> int:
    return _integer(text, least=1)


def _seed(text: str) -> int:
    return _integer(text, least=0)


def _integer(text: str, *, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"must be an integer from {least}, but is {text!r}")
    return value


def _run(options: argparse.Namespace) -> int:
    xp = get_backend(options.backend, device=options.device, precision=options.precision)
    reason = f"Option `--backend` is {options.backend!r}." if options.backend else provenance()
    molecule = load_molecule(options.molecule)
    layers = options.layers or molecule.n_electrons // 2
    ansatz = excitation_ansatz(molecule.n_qubits, molecule.occupied, layers)
    start = time.perf_counter()
    with Progress() as progress:
        found = vqe(
            ansatz, molecule.hamiltonian, xp=xp,
            seed=options.seed, max_iterations=options.max_iterations,
            callback=_progress_callback(progress, xp),
        )  # fmt: skip
    report = _report(molecule, xp, found, time.perf_counter() - start)
    report |= {"n_layers": layers, "seed": options.seed, "backend_reason": reason}
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        _print_report(report)
    return 0


def _progress_callback(progress: Progress, xp: ArrayBackend[Any]) -> Any:
    """Show how many of the decades between the first gradient and the tolerance are done."""
    tolerance = default_tolerance(2.0**-52 if xp.precision == "double" else 2.0**-23)
    norms: list[float] = []

    def show(iteration: int, energy: float, norm: float) -> None:
        norms.append(max(norm, tolerance))
        done = math.log(max(norms) / min(norms))
        text = f"iteration {iteration}  energy {energy:.9f} hartree  gradient {norm:.1e}"
        progress.update(done / max(math.log(max(norms) / tolerance), 1e-9), text)

    return show


def _report(
    molecule: Molecule, xp: ArrayBackend[Any], found: Minimum, seconds: float
) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "molecule": molecule.name,
        "source": molecule.source,
        "n_qubits": molecule.n_qubits,
        "n_terms": len(molecule.hamiltonian),
        "unit": "hartree",
        "energy": found.value,
        "exact_energy": molecule.exact_energy,
        "error": found.value - molecule.exact_energy,
        "hartree_fock_energy": molecule.hartree_fock_energy,
        "converged": found.converged,
        "iterations": found.iterations,
        "evaluations": found.evaluations,
        "gradient_norm": found.gradient_norm,
        "n_parameters": found.x.shape[0],
        "seconds": round(seconds, 3),
        "backend": xp.name,
        "library_version": xp.library_version,
        "device": xp.device,
        "precision": xp.precision,
    }


def _print_report(report: dict[str, Any]) -> None:
    state = "converged" if report["converged"] else "not converged"
    state = paint(state, "green" if report["converged"] else "yellow", sys.stdout)
    rows = {
        "molecule": f"{report['molecule']}, {report['n_qubits']} qubits, "
        f"{report['n_terms']} Pauli strings",
        "ansatz": f"excitations, layers: {report['n_layers']}, "
        f"parameters: {report['n_parameters']}",
        "backend": f"{report['backend']} {report['library_version']} on {report['device']}, "
        f"{report['precision']} precision",
        "energy": f"{report['energy']:.10f} hartree",
        "exact energy": f"{report['exact_energy']:.10f} hartree",
        "error": f"{report['error']:.1e} hartree",
        "iterations": f"{report['iterations']} in {report['seconds']:.1f} s, {state}",
    }
    for name, value in rows.items():
        print(f"{name:<14}{value}")
