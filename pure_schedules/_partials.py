"""A factory with some of its hyperparameters given, as a value: ``partial(polynomial, power=1.5)``.

A hyperparameter that is a shape, such as `decay`, takes what `functools.partial` makes of a factory. It is kept as a
`Partial`, which prints as the same code, compares, hashes, pickles and is data as a schedule is, and whose numbers are
hyperparameters like all others.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, final

from ._factory import Factory, Making, Value, kept
from ._trees import Node

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Partial", "Shape", "partial_of"]


class Shape(Node):
    """A function of the hyperparameters that are not given yet; what is made of them is up to the factory."""

    __slots__ = ()

    @property
    def whole(self) -> Factory[..., Any]:
        """The factory that it is a part of."""
        partly: Any = self.factory
        whole: Factory[..., Any] = partly.whole
        return whole

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        whole = self.whole
        given = whole.named(args, kwargs)
        for name in given.keys() & self.arguments.keys():
            raise TypeError(
                f"{whole.name}: {name} is given by the schedule whose shape this is; "
                f"leave it out of partial({whole.name}, ...)"
            )
        return whole.bind({**self.arguments, **given})


@final
class Partial(Shape, Value):
    """A factory with some of its hyperparameters given. It is made by `functools.partial`."""

    __slots__ = Value.SLOTS

    noun = "partial"

    def __new__(cls, *args: Any, **kwargs: Any) -> "Self":
        raise TypeError("a Partial is made by functools.partial(polynomial, power=1.5)")


class _ReadShape(Shape):
    """The same for one evaluation, with other numbers; without slots, as `Reading` is."""

    def __init__(self, factory: "_Partly", arguments: Mapping[str, Any]) -> None:
        self.factory = factory
        self.arguments = arguments


class _Partly(Factory[..., Partial]):
    """What makes the partials of one factory: it needs no hyperparameter, and leaves the conditions to the whole."""

    def __init__(self, whole: Factory[..., Any]) -> None:
        vars(self).update(vars(whole))
        self.whole = whole

    def bind(self, arguments: Mapping[str, Any]) -> Partial:
        return kept(Partial, self, {name: self.admit(name, value) for name, value in arguments.items()})

    def read(self, arguments: Mapping[str, Any], how: Making) -> Any:
        return _ReadShape(self, arguments)

    def ask(self, values: Mapping[str, Any]) -> None:
        """Nothing: a condition may be about a hyperparameter that is not given yet."""

    def written(self, values: Mapping[str, Any]) -> str:
        return f"partial({super().written(values).replace('(', ', ', 1)}"

    def __reduce__(self) -> Any:
        return _partly, (self.whole,)


def partial_of(value: Any) -> Any:
    """The value that stands for a `functools.partial` of a factory; anything else as it is."""
    if not isinstance(value, partial):
        return value
    made = value.func
    if isinstance(made, Partial):
        factory, given = made.whole, dict(made.arguments)
    elif isinstance(made, Factory):
        factory, given = made, {}
    else:
        return value
    return _partly(factory).bind({**given, **factory.named(value.args, value.keywords)})


def _partly(factory: Factory[..., Any]) -> _Partly:
    """What makes the partials of this factory: one for each, so that equal partials have the same."""
    found: _Partly = vars(factory).setdefault("partly", _Partly(factory))
    return found
