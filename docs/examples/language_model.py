"""A small language model and its text, on which several of these programs try schedules."""

from collections.abc import Callable
from functools import cache
from pydoc_data.topics import topics

import torch
import torch.nn.functional as F
from torch import Tensor, nn

KERNEL, DILATIONS = 3, (1, 3, 9)


class GatedConvolutions(nn.Module):
    """Predicts each next character from those before it (Dauphin et al. 2017, https://arxiv.org/abs/1612.08083)."""

    def __init__(self, characters: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in DILATIONS)
        self.mixes = nn.ModuleList(nn.Linear(KERNEL * width, 2 * width) for _ in DILATIONS)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, characters))

    def forward(self, text: Tensor) -> Tensor:
        hidden = self.embedding(text)
        for apart, norm, mix in zip(DILATIONS, self.norms, self.mixes, strict=True):
            past = F.pad(norm(hidden), (0, 0, (KERNEL - 1) * apart, 0))  # before the first: none sees what follows it
            seen = [past[:, tap * apart :][:, : text.shape[1]] for tap in range(KERNEL)]
            hidden = hidden + F.glu(mix(torch.cat(seen, dim=2)))
        return self.head(hidden)


@cache
def language_reference() -> tuple[Tensor, int]:
    """The text that comes with Python, as numbers, and how many kinds of character it has."""
    # Topics share paragraphs. Each is taken once, so that what is held out of its end was not trained on.
    text = "\n\n".join(dict.fromkeys(paragraph for name in sorted(topics) for paragraph in topics[name].split("\n\n")))
    index = {character: number for number, character in enumerate(sorted(set(text)))}
    return torch.tensor([index[character] for character in text]), len(index)


def in_two(parts: int) -> tuple[Tensor, Tensor, int]:
    """The text to train on; the last of so many parts of it, held out; and how many kinds of character it has."""
    text, characters = language_reference()
    cut = len(text) * (parts - 1) // parts
    return text[:cut], text[cut:], characters


def loss_on(windows: Tensor, model: Callable[[Tensor], Tensor]) -> Tensor:
    """Mean over all characters of the windows but the first of each, in nats per character."""
    return F.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())


def one_thread() -> None:
    """So small a model gains little from more threads, and its sums then do not depend on how many there are."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing here reads what it has not written
