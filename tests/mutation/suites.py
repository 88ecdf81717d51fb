"""Which tests a mutant meets: for every module a few lists of them, one after another until a test fails.

The module's own examples come first, then the tests that are about it, then the laws. Each list is what pytest is given.
"""

from pathlib import Path

VALUES = "tests/laws/test_08_precision.py tests/laws/test_03_boundaries.py tests/laws/test_06_first_step.py"
RULES = "tests/laws/test_10_errors.py tests/laws/test_05_zero_length.py tests/laws/test_09_value.py"
TENSORS = "tests/laws/test_15_shape.py tests/laws/test_12_vmap.py"
#: Evaluation with other hyperparameters.
TREES = "tests/laws/test_32_traced_once.py"
HELD = "tests/laws/test_02_closed.py tests/laws/test_04_end.py"
ARRAYS = "tests/laws/test_14_arrays.py -k numpy"
ROWS = "tests/documents/test_every_row.py tests/documents/test_readme.py"
PEERS = " ".join(f"tests/peers/test_like_{peer}.py" for peer in ("fvcore", "keras", "nemo", "timm"))
LIKE = f"{ROWS} tests/laws/test_10_errors.py"
#: Of every module under `like`.
COMMON = "tests/library/test_like.py tests/peers/test_defaults.py"
#: The readers of other tools' files.
FILES = "tests/library/test_files.py tests/peers/test_from_config.py tests/documents/test_files_page.py"
SLOPES = "tests/laws/test_11_gradients.py"
ARRAYS_OF_JAX = "tests/laws/test_14_arrays.py -k 'jax and (piecewise or running_product or noise)'"
#: Torch's compiler is slow: a handful of schedules that take every way through the arithmetic.
COMPILED = " ".join(
    f"tests/laws/test_13_compile.py::test_{test}[{name}]"
    for name in ("join", "table", "running_product", "polynomial")
    for test in (
        "once_with_a_tensor_step",
        "twice_at_most_with_a_number_for_the_step",
        "twice_at_most_when_floating_hyperparameters_change",
    )
)
#: Without the test of how quickly it starts: a busy machine would kill the mutant.
COMMANDS = "tests/library/test_command_line.py -k 'not milliseconds'"
DETAILS = "tests/adapters/test_one_clock.py " + " ".join(
    f"tests/library/test_{module}.py" for module in ("changes", "bundles", "noise", "queries")
)

FORMULAS = (VALUES, TENSORS, RULES, ROWS, HELD)
MACHINERY = (
    "tests/library/test_trace.py",
    VALUES,
    RULES,
    TENSORS,
    ARRAYS,
    HELD,
    "tests/laws/test_01_pure.py tests/library/test_api.py",
)

ATTACHED = (
    "tests/adapters/test_21_groups.py tests/adapters/test_24_hyperparameters.py tests/adapters/test_20_absolute.py "
    "tests/adapters/test_17_configuration.py tests/adapters/test_18_initial_lr.py tests/adapters/test_25_checkpoints.py "
    "tests/adapters/test_23_idempotent.py",
    "tests/adapters/test_22_tensor_rates.py tests/adapters/test_19_side_effects.py",
    "tests/adapters/test_16_resume.py tests/adapters/test_27_optimizers.py tests/adapters/test_27_variants.py",
    "tests/adapters/test_10_errors.py tests/adapters/test_from_torch.py tests/adapters/test_compiled_training.py",
)

_LISTS: dict[str, tuple[str, ...]] = {
    "__init__": ("tests/library/test_api.py",),
    "__main__": (COMMANDS,),
    "_arrays": ("tests/library/test_schedule.py", ARRAYS, TENSORS, COMPILED, *MACHINERY),
    "_curves": ("tests/library/test_plot.py", COMMANDS),
    "_factory": (TREES, RULES, "tests/library/test_schedule.py tests/library/test_checks.py", COMPILED, *MACHINERY),
    "_files": (FILES, COMMANDS),
    "_labels": ("tests/library/test_plot.py", COMMANDS),
    "_reading": ("tests/library/test_text.py", "tests/laws/test_09_value.py", COMMANDS),
    "_sampling": ("tests/library/test_queries.py tests/library/test_averages.py tests/library/test_plot.py", COMMANDS),
    "_schedule": (
        TREES,
        "tests/library/test_trace.py tests/laws/test_09_value.py",
        COMPILED,
        RULES,
        "tests/library/test_text.py",
        *MACHINERY,
    ),
    "_terminal": (COMMANDS,),
    "_trace": (TREES, *MACHINERY, "tests/documents/test_explorer.py", SLOPES, COMPILED),
    "_trees": (TREES, RULES, "tests/library/test_schedule.py", COMPILED, *MACHINERY),
    "averages": (),
    "batches": (),
    "bundles": (RULES, ROWS),
    "changes": (RULES, VALUES, ROWS, TENSORS),
    "checks": (
        RULES,
        "tests/library/test_bundles.py tests/library/test_noise.py tests/library/test_changes.py",
        ROWS,
        VALUES,
        PEERS,
    ),
    "clocks": (*FORMULAS, DETAILS, "tests/laws/test_07_restarts.py", ARRAYS, SLOPES),
    "combinators": (*FORMULAS, DETAILS, ARRAYS, SLOPES),
    "data": ("tests/library/test_text.py", "tests/laws/test_09_value.py"),
    "decays": (*FORMULAS, ARRAYS, SLOPES),
    "knots": (*FORMULAS, ARRAYS, SLOPES),
    "like/torch": (f"{COMMON} tests/peers/test_like_torch.py", LIKE, "tests/adapters/test_from_torch.py"),
    "like/__init__": (f"{COMMON} tests/library/test_api.py", ROWS),
    "like/_settings": (FILES,),
    "like/axolotl": (FILES,),
    "like/_peer": (f"{COMMON} tests/library/test_api.py", LIKE, "tests/peers/test_like_torch.py"),
    "noise": (*FORMULAS, ARRAYS),
    "numeric": (
        "tests/library/test_pieces.py tests/library/test_schedule.py tests/library/test_trace.py",
        ARRAYS,
        COMPILED,
        SLOPES,
        *MACHINERY,
        ROWS,
        ARRAYS_OF_JAX,
    ),
    "queries": (COMMANDS,),
    "reactive": ("tests/peers/test_reactive.py tests/adapters/test_reactive.py",),
    "recipes": (*FORMULAS, "tests/laws/test_07_restarts.py"),
    "shapes": (*FORMULAS, ARRAYS, SLOPES),
    "spaces": ("tests/library/test_combinators.py", *FORMULAS),
    "text": ("tests/laws/test_09_value.py", COMMANDS),
}

_ADAPTERS: dict[str, tuple[str, ...]] = {
    "_from_torch": (),
    "_groups": (
        "tests/adapters/test_21_groups.py tests/adapters/test_setter.py tests/adapters/test_10_errors.py "
        "tests/adapters/test_writer.py",
        *ATTACHED,
    ),
    "_setter": ("tests/adapters/test_writer.py", *ATTACHED),
    "_attachment": ("tests/adapters/test_22_tensor_rates.py -k 'not compiled'", *ATTACHED),
    "_checkpoints": ("tests/adapters/test_17_configuration.py tests/adapters/test_25_checkpoints.py", *ATTACHED),
}


def suites(module: str) -> list[str]:
    """The lists of tests for a module, by its path: its examples, the tests of its name, and those named above."""
    folder, _, name = module.removesuffix(".py").partition("/")
    last = name.rpartition("/")[2]
    if folder == "adapters":
        room, others = "adapters", _ADAPTERS.get(last, ATTACHED)
    else:
        room, others = "library", _LISTS.get(name, (f"{COMMON} tests/peers/test_like_{last}.py", LIKE, FILES))
    own = f"tests/{room}/test_{last.strip('_')}.py"
    found = [own] if Path(own).exists() and not name.startswith("like/") else []
    return list(dict.fromkeys([module, *found, *others]))
