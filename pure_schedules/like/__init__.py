"""A peer's schedule under the peer's own name and parameters, as a composition of the schedules here.

Each module is a peer, each function one of its schedules: ``like.torch.OneCycleLR(max_lr=0.1, total_steps=100)``. What it
returns prints as what it is made of, so it also shows how to write a variant that the peer does not have.
"""

from . import deepspeed, fvcore, ignite, keras, megatron, nemo, optax, papers, timm, torch, torchtitan, transformers

__all__ = [
    "deepspeed",
    "fvcore",
    "ignite",
    "keras",
    "megatron",
    "nemo",
    "optax",
    "papers",
    "timm",
    "torch",
    "torchtitan",
    "transformers",
]
