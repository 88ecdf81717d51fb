"""A factory with some hyperparameters bound, as a value: ``partial(polynomial, power=1.5)``.

A hyperparameter that is a shape, such as `decay`, accepts a `functools.partial` of a factory. It is kept as a
`Partial`, which prints as the same code, and compares, hashes, pickles and converts to data as a schedule does. Its
numbers are hyperparameters like all others.
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
    """A function of the hyperparameters that are not bound yet."""

    __slots__ = ()

    @property
    def whole(self) -> Factory[..., Any]:
        """The factory it binds hyperparameters of."""
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
    """A factory with some hyperparameters bound. It is made by `functools.partial`."""

    __slots__ = Value.SLOTS

    noun = "partial"

    def __new__(cls, *args: Any, **kwargs: Any) -> "Self":
        raise TypeError("a Partial is made by functools.partial(polynomial, power=1.5)")


class _ReadShape(Shape):
    """The same for one evaluation, with other numbers; it has no slots, like `Reading`."""

    def __init__(self, factory: "_Partly", arguments: Mapping[str, Any]) -> None:
        self.factory = factory
        self.arguments = arguments


class _Partly(Factory[..., Partial]):
    """The factory of the partials of one factory: all hyperparameters are optional, conditions wait for the whole."""

    def __init__(self, whole: Factory[..., Any]) -> None:
        vars(self).update(vars(whole))
        self.whole = whole

    def bind(self, arguments: Mapping[str, Any]) -> Partial:
        return kept(Partial, self, {name: self.admit(name, value) for name, value in arguments.items()})

    def read(self, arguments: Mapping[str, Any], how: Making) -> Any:
        return _ReadShape(self, arguments)

    def ask(self, values: Mapping[str, Any]) -> None:
        """Check nothing: a condition may involve a hyperparameter that is not bound yet."""

    def written(self, values: Mapping[str, Any]) -> str:
        return f"partial({super().written(values).replace('(', ', ', 1)}"

    def __reduce__(self) -> Any:
        return _partly, (self.whole,)


def partial_of(value: Any) -> Any:
    """The `Partial` for a `functools.partial` of a factory; anything else unchanged."""
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
    """The factory of the partials of this factory; one each, so that equal partials share it."""
    found: _Partly = vars(factory).setdefault("partly", _Partly(factory))
    return found
