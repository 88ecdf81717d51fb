"""The curves of ultralytics 8.4.190, from the keys of its `default.yaml`: two rates and a momentum on one clock.

Clock: ultralytics counts batches over all epochs, and sets its values before each batch. Where a batch is an update,
which it is for batches of `nbs` images, step k is update k, counted from 0. Where gradients accumulate, give the number of
the batch as the step, or put `accumulated` under it.
"""

from collections.abc import Mapping
from typing import Any

from pure_schedules import clocks, combinators, shapes
from pure_schedules.bundles import Bundle, bundle
from pure_schedules.checks import flag, non_negative, whole
from pure_schedules.numeric import Value

from ._peer import peer
from ._settings import Default, Settings, length_of_run, refuse_two_lengths

__all__ = ["BaseTrainer"]


@peer(batches_per_epoch=whole, epochs=whole, warmup_epochs=non_negative, cos_lr=flag)
def BaseTrainer(
    *,
    batches_per_epoch: int,
    epochs: int = 100,
    lr0: Value = 0.01,
    lrf: Value = 0.01,
    momentum: Value = 0.937,
    warmup_epochs: float = 3.0,
    warmup_momentum: Value = 0.8,
    warmup_bias_lr: Value = 0.1,
    cos_lr: bool = False,
) -> Bundle:
    """The values of the trainer: ``lr`` for the weights, ``bias_lr`` for the biases, and ``momentum``, as a bundle.

        lr       = multiply([by_epoch, linear(0, 1, warmup)])
        bias_lr  = mix(constant(warmup_bias_lr), by_epoch, linear(0, 1, warmup))
        momentum = linear(warmup_momentum, momentum, warmup)
        by_epoch = staircase(stretch(linear(lr0, lr0 * lrf, epochs), factor=batches_per_epoch), every=batches_per_epoch),
        warmup   = round(min(warmup_epochs, epochs - 1) * batches_per_epoch)

    Args:
        batches_per_epoch: length of the loader, a whole number above 0 [steps].
        epochs: length of the run, a whole number above 0 [1].
        lr0: rate of the first epoch, but for the warmup [lr].
        lrf: the rate at the end, as a part of `lr0` [1].
        momentum: momentum of SGD, or the first beta of Adam, after the warmup [1].
        warmup_epochs: length of the warmup, not negative; at least the last epoch has none [1].
        warmup_momentum: momentum of the first batch of a warmup [1].
        warmup_bias_lr: rate of the biases at the first batch of a warmup, above `lr0` or below it [lr].
        cos_lr: let the rate fall by a cosine instead of a line.

    Differs:
        It holds its values after the run. With ``optimizer=auto`` ultralytics chooses `lr0` and `momentum` itself, and sets
        `warmup_bias_lr` to 0.

    Raises:
        ValueError: a length is not a whole number above 0; `warmup_epochs` is negative.

    Example:
        >>> from pure_schedules.like.ultralytics import BaseTrainer
        >>> curves = BaseTrainer(batches_per_epoch=100, epochs=10, warmup_epochs=2.0)
        >>> {name: round(value, 6) for name, value in curves(100).items()}
        {'lr': 0.004505, 'bias_lr': 0.054505, 'momentum': 0.8685}

    Source: ultralytics 8.4.190, `ultralytics/engine/trainer.py` and `ultralytics/cfg/default.yaml`.
    """
    shape = shapes.cosine if cos_lr else shapes.linear
    in_epochs = shape(start=lr0, end=lr0 * lrf, steps=epochs)
    by_epoch = clocks.staircase(clocks.stretch(in_epochs, factor=batches_per_epoch), every=batches_per_epoch)
    warmup = round(min(warmup_epochs, epochs - 1) * batches_per_epoch)
    rise = shapes.linear(start=0.0, end=1.0, steps=warmup)
    return bundle(
        lr=combinators.multiply([by_epoch, rise]),
        bias_lr=combinators.mix(shapes.constant(value=warmup_bias_lr), by_epoch, rise),
        momentum=shapes.linear(start=warmup_momentum, end=momentum, steps=warmup),
    )


# From a file ---------------------------------------------------------------------------------------------------------


def from_config(
    config: Mapping[str, Any], *, total_steps: int | None = None, batches_per_epoch: int | None = None
) -> Bundle:
    """The curves of a file with the keys of ultralytics' `default.yaml`: ``lr``, ``bias_lr`` and ``momentum``, as a bundle.

    They are counted in batches, as in ultralytics. ``optimizer: auto`` is refused: there ultralytics chooses the rate and
    the momentum itself.

    Args:
        config: the content of the file, as `yaml.safe_load` returns it.
        total_steps: batches in the run, a multiple of `epochs`, if `batches_per_epoch` is not given.
        batches_per_epoch: length of the loader.

    Raises:
        TypeError: `config` is not a mapping.
        ValueError: a key is missing and no argument gives it; a value is not allowed; a key is unknown and may change the
            curves; the optimizer is "auto".

    Example:
        >>> from pure_schedules.like.ultralytics import from_config
        >>> curves = from_config({"optimizer": "SGD", "epochs": 10, "warmup_epochs": 2.0}, batches_per_epoch=100)
        >>> {name: round(value, 6) for name, value in curves(100).items()}
        {'lr': 0.004505, 'bias_lr': 0.054505, 'momentum': 0.8685}

    Source: ultralytics 8.4.190, `ultralytics/engine/trainer.py` and `ultralytics/cfg/default.yaml`.
    """
    settings = Settings("like.ultralytics.from_config", config)
    batches = length_of_run(settings.owner, "batches_per_epoch", batches_per_epoch)
    total = length_of_run(settings.owner, "total_steps", total_steps)
    rates = ("lr0", "lrf", "momentum", "warmup_epochs", "warmup_momentum", "warmup_bias_lr")
    settings.no_other(r"lr\d*|lrf|warmup|schedul\w*|anneal\w*", {*rates, "cos_lr"})
    if settings.word("optimizer", "auto") == "auto":
        settings.refuse("optimizer", "is auto, and ultralytics then chooses lr0 and momentum; put the logged values there")
    epochs = settings.whole_number("epochs", Default(100))
    if batches is None:
        if total is None or not epochs or total % epochs:
            settings.refuse("epochs", f"is {epochs}, of a loader that is not in the file; give batches_per_epoch=...")
        batches = total // epochs
    refuse_two_lengths(settings, total, batches * epochs, f"{epochs} epochs")
    given = {key: settings.number(key) for key in rates if key in settings}
    cos_lr = settings.flag("cos_lr", False)
    return settings.make(BaseTrainer, {}, batches_per_epoch=batches, epochs=epochs, cos_lr=cos_lr, **given)
