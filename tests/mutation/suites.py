"""Which tests a mutant meets: for every module a few lists of them, one after another until a test fails.

The module's own examples come first, then the tests that are about it, then the laws. Each list is what pytest is given.
"""

from pathlib import Path

VALUES = "tests/test_law_08_precision.py tests/test_law_03_boundaries.py tests/test_law_06_first_step.py"
RULES = "tests/test_law_10_errors.py tests/test_law_05_zero_length.py tests/test_law_09_value.py"
TENSORS = "tests/test_law_15_shape.py tests/test_law_12_vmap.py"
HELD = "tests/test_law_02_closed.py tests/test_law_04_end.py"
ARRAYS = "tests/test_law_14_arrays.py -k numpy"
ROWS = "tests/test_every_row.py tests/test_readme.py"
PEERS = " ".join(f"tests/peers/test_like_{peer}.py" for peer in ("fvcore", "keras", "nemo", "timm"))
LIKE = f"{ROWS} tests/test_law_10_errors.py"
#: Of every module under `like`.
COMMON = "tests/test_like.py tests/peers/test_defaults.py"
SLOPES = "tests/test_law_11_gradients.py"
ARRAYS_OF_JAX = "tests/test_law_14_arrays.py -k 'jax and (piecewise or running_product or noise)'"
#: Torch's compiler is slow: a handful of schedules that take every way through the arithmetic.
COMPILED = " ".join(
    f"tests/test_law_13_compile.py::test_{test}[{name}]"
    for name in ("join", "table", "running_product", "polynomial")
    for test in (
        "once_with_a_tensor_step",
        "twice_at_most_with_a_number_for_the_step",
        "twice_at_most_when_floating_hyperparameters_change",
    )
)
#: Without the test of how quickly it starts: a busy machine would kill the mutant.
COMMANDS = "tests/test_command_line.py -k 'not milliseconds'"
DETAILS = "tests/test_one_clock.py tests/test_changes.py tests/test_bundles.py tests/test_noise.py tests/test_queries.py"

FORMULAS = (VALUES, TENSORS, RULES, ROWS, HELD)
MACHINERY = ("tests/test_trace.py", VALUES, RULES, TENSORS, ARRAYS, HELD, "tests/test_law_01_pure.py tests/test_api.py")

ATTACHED = (
    "tests/test_law_21_groups.py tests/test_law_24_hyperparameters.py tests/test_law_20_absolute.py "
    "tests/test_law_17_configuration.py tests/test_law_18_initial_lr.py tests/test_law_25_checkpoints.py "
    "tests/test_law_23_idempotent.py",
    "tests/test_law_22_tensor_rates.py tests/test_law_19_side_effects.py",
    "tests/test_law_16_resume.py tests/test_law_27_optimizers.py tests/test_law_27_variants.py",
    "tests/test_law_10_errors.py tests/test_from_torch.py tests/test_compiled_training.py",
)

_LISTS: dict[str, tuple[str, ...]] = {
    "__init__": ("tests/test_api.py",),
    "__main__": (COMMANDS,),
    "_curves": ("tests/test_plot.py", COMMANDS),
    "_labels": ("tests/test_plot.py", COMMANDS),
    "_reading": ("tests/test_text.py", "tests/test_law_09_value.py", COMMANDS),
    "_sampling": ("tests/test_queries.py tests/test_plot.py", COMMANDS),
    "_schedule": ("tests/test_trace.py tests/test_law_09_value.py", COMPILED, RULES, "tests/test_text.py", *MACHINERY),
    "_terminal": (COMMANDS,),
    "_trace": (*MACHINERY, "tests/test_explorer.py", SLOPES, COMPILED),
    "bundles": (RULES, ROWS),
    "changes": (RULES, VALUES, ROWS, TENSORS),
    "checks": (RULES, "tests/test_bundles.py tests/test_noise.py tests/test_changes.py", ROWS, VALUES, PEERS),
    "clocks": (*FORMULAS, DETAILS, "tests/test_law_07_restarts.py", ARRAYS, SLOPES),
    "combinators": (*FORMULAS, DETAILS, ARRAYS, SLOPES),
    "data": ("tests/test_text.py", "tests/test_law_09_value.py"),
    "decays": (*FORMULAS, ARRAYS, SLOPES),
    "knots": (*FORMULAS, ARRAYS, SLOPES),
    "like/torch": (f"{COMMON} tests/peers/test_like_torch.py", LIKE, "tests/test_from_torch.py"),
    "like/__init__": (f"{COMMON} tests/test_api.py", ROWS),
    "like/_peer": (f"{COMMON} tests/test_api.py", LIKE, "tests/peers/test_like_torch.py"),
    "noise": (*FORMULAS, ARRAYS),
    "numeric": ("tests/test_schedule.py tests/test_trace.py", ARRAYS, COMPILED, SLOPES, *MACHINERY, ROWS, ARRAYS_OF_JAX),
    "queries": (COMMANDS,),
    "reactive": ("tests/peers/test_reactive.py",),
    "recipes": (*FORMULAS, "tests/test_law_07_restarts.py"),
    "shapes": (*FORMULAS, ARRAYS, SLOPES),
    "spaces": ("tests/test_combinators.py", *FORMULAS),
    "text": ("tests/test_law_09_value.py", COMMANDS),
}

_ADAPTERS: dict[str, tuple[str, ...]] = {
    "_from_torch": (),
    "_groups": (
        "tests/test_law_21_groups.py tests/test_setter.py tests/test_law_10_errors.py tests/test_writer.py",
        *ATTACHED,
    ),
    "_setter": ("tests/test_writer.py", *ATTACHED),
    "_writer": ("tests/test_law_22_tensor_rates.py -k 'not compiled'", *ATTACHED),
    "_checkpoints": ("tests/test_law_17_configuration.py tests/test_law_25_checkpoints.py", *ATTACHED),
}


def suites(module: str) -> list[str]:
    """The lists of tests for a module, by its path: its examples, the tests of its name, and those named above."""
    folder, _, name = module.removesuffix(".py").partition("/")
    last = name.rpartition("/")[2]
    if folder == "adapters":
        others = _ADAPTERS.get(last, ATTACHED)
    else:
        others = _LISTS.get(name, (f"{COMMON} tests/peers/test_like_{last}.py", LIKE))
    own = f"tests/test_{last.strip('_')}.py"
    found = [own] if Path(own).exists() and not name.startswith("like/") else []
    return list(dict.fromkeys([module, *found, *others]))
