"""How the adapters show values in messages and reprs, and explain a call with wrong arguments."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from torch.optim import Optimizer

P = ParamSpec("P")
Made = TypeVar("Made")


def taught(usage: str) -> Callable[[Callable[P, Made]], Callable[P, Made]]:
    """Decorate a function to show its usage when it is called with wrong arguments."""

    def decorated(function: Callable[P, Made]) -> Callable[P, Made]:
        signature = inspect.signature(function)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> Made:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{function.__name__}: {error}; write {usage}") from None
            return function(*args, **kwargs)

        return called

    return decorated


def named(thing: Any) -> str:
    """An optimizer argument, shortened: an optimizer is shown by its class, since its repr is long."""
    if isinstance(thing, Mapping):
        return f"{{{', '.join(f'{name!r}: {named(item)}' for name, item in thing.items())}}}"
    if isinstance(thing, list | tuple):
        return f"[{', '.join(map(named, thing))}]"
    return type(thing).__name__ if isinstance(thing, Optimizer) else repr(thing)


def as_code(spec: Any) -> str:
    """The setting of a hyperparameter as code; a function by its name."""
    if isinstance(spec, Mapping):
        return f"{{{', '.join(f'{name!r}: {as_code(item)}' for name, item in spec.items())}}}"
    if isinstance(spec, list | tuple):
        inside = ", ".join(map(as_code, spec))
        return f"[{inside}]" if isinstance(spec, list) else f"({inside}{',' * (len(spec) == 1)})"
    return spec.__qualname__ if inspect.isroutine(spec) and not hasattr(spec, "bind") else repr(spec)
