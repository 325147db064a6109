"""Named parameters: angles that get their value later."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Parameter"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    Angle known by its name, in radians.

    Parameters
    ----------
    name : str
        Gates whose parameters have the same name share one angle.

    Examples
    --------
    >>> from arraybackends.quantum import Circuit
    >>> circuit = Circuit(1).rx(0, Parameter("a"))
    >>> circuit.parameters
    ('a',)
    """

    name: str

    def __post_init__(self) -> None:
        name: object = self.name
        if not isinstance(name, str) or not name:
            raise TypeError(f"Argument `name` must be a non-empty string, but is {self.name!r}.")
