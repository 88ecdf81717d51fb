"""What every function under `like` has in common: its arguments are looked at, and its mistakes are told under its name."""

import importlib
import pkgutil
import re

import pytest

from pure_schedules import like

FUNCTIONS = [
    (module.name, name)
    for module in pkgutil.iter_modules(like.__path__)
    if not module.name.startswith("_")
    for name in importlib.import_module(f"pure_schedules.like.{module.name}").__all__
]


@pytest.mark.parametrize(("module", "name"), FUNCTIONS)
def test_an_argument_that_it_does_not_have_is_refused(module: str, name: str) -> None:
    function = getattr(importlib.import_module(f"pure_schedules.like.{module}"), name)
    with pytest.raises(TypeError, match=re.escape(f"like.{module}.{name}: there is no hyperparameter 'surprise'")):
        function(surprise=1)
