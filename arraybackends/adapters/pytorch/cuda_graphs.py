"""Kernels of a call, recorded once and launched all at once: CUDA graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from arraybackends.adapters.pytorch.recording import UnrecordableError

__all__ = ["Replay"]

Tensor = torch.Tensor

_WARM_UPS = 3  # in which libraries choose algorithms and take memory, which no graph may hold


class Replay:
    """
    A function of tensors whose kernels are replayed.

    A graph reads and writes the same memory each time: arguments are copied in and results out.

    Parameters
    ----------
    run : callable
        Takes tensors and returns tensors; neither shapes nor kernels depend on values.
    example : sequence of torch.Tensor
        Arguments of the first call, all on one CUDA device.
    """

    def __init__(self, run: Callable[..., Sequence[Tensor]], example: Sequence[Tensor]) -> None:
        devices = {x.device for x in example}
        if len(devices) != 1 or next(iter(devices)).type != "cuda":
            raise UnrecordableError(
                "CUDA graphs need arguments that are all on one CUDA device, but these are on "
                f"{sorted(map(str, devices))}."
            )
        (self._device,) = devices
        self._inputs = [x.detach().clone() for x in example]
        with torch.cuda.device(self._device), torch.no_grad():
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UPS):
                    run(*self._inputs)
            torch.cuda.current_stream().wait_stream(stream)
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._outputs = list(run(*self._inputs))

    def __call__(self, *tensors: Tensor) -> list[Tensor]:
        with torch.cuda.device(self._device), torch.no_grad():
            for buffer, x in zip(self._inputs, tensors, strict=True):
                buffer.copy_(x)
            self._graph.replay()
            return [x.clone() for x in self._outputs]
