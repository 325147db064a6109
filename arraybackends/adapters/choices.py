"""Arguments with few meaningful values: some libraries take others, and return what they can."""

from __future__ import annotations

__all__ = ["require_choice"]


def require_choice(name: str, value: object, /, *choices: str) -> None:
    """
    Raise if an argument is not one of its meaningful values.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : object
    *choices : str

    Raises
    ------
    ValueError
    """
    if value not in choices:
        listed = " or ".join(map(repr, choices))
        raise ValueError(f"Argument `{name}` must be {listed}, but is {value!r}.")
