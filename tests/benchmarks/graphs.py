"""A training step as a CUDA graph, for the benchmark of the GPU and for the tests of captured steps."""

from collections.abc import Callable

import torch


def captured(train: Callable[[], object]) -> torch.cuda.CUDAGraph:
    """Capture a step after three calls of it on another stream, as torch asks for before a capture."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            train()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        train()
    return graph
