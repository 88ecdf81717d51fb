"""Runs tests in a clone without starting from nothing: `python tests/mutation/server.py SOCKET`, in the clone.

The server has imported what takes long (torch, NumPy, JAX, hypothesis, pytest) and never `pure_schedules`. For each list
of tests it forks, and the child imports the library, mutated or not, and runs them. A line is asked of it: a list of tests
for a run without a mutant; or for the mutant that is in place, with how many of the lists of its module it shall meet.

What loops for ever is ended by a limit on the time that it computes, not on the time that passes: so a busy machine kills
no mutant.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import resource
import shlex
import signal
import socket
import sys
import time
from pathlib import Path

import hypothesis
import pytest
from suites import suites

#: Seconds of computing for one list of tests; the longest takes half of that.
COMPUTING = 25
#: Seconds that may pass, for what waits for ever.
WAITING = 900
#: Bytes, for what grows for ever.
MEMORY = 16 * 2**30

HEAVY = (
    "torch", "torch._dynamo", "torch._inductor.config", "numpy", "mpmath", "jax", "jax.numpy", "optax", "ignite.engine",
    "ignite.handlers", "transformers.optimization", "fvcore.common.param_scheduler", "matplotlib.figure",
    "hypothesis.strategies", "hypothesis.internal.conjecture.engine",
)  # fmt: skip

ROOT = Path.cwd()
MODULES = [*sorted(ROOT.glob("pure_schedules/**/*.py")), *sorted(ROOT.glob("adapters/pure_schedules_torch/**/*.py"))]


class Unshrunk:
    """A plugin: that a test fails is enough to know, how simply it fails is not asked."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("unshrunk", hypothesis.settings(), phases=phases, report_multiple_bugs=False)
        hypothesis.settings.load_profile("unshrunk")


def child(tests: str, output: Path) -> None:
    """Run these tests and exit with pytest's own status."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (COMPUTING, COMPUTING + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    importlib.import_module("pure_schedules_torch")  # the packages before their files, which pytest would import alone
    options = ["-x", "-q", "--tb=line", "--assert=plain", "-p", "no:cacheprovider", "--no-header"]
    status = pytest.main([*options, *shlex.split(tests)], plugins=[Unshrunk()])
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("pure_schedules", "pure_schedules_torch"):
            assert str(module.__file__).startswith(str(ROOT)), f"{name} is not that of the clone: {module.__file__}"
    sys.stdout.flush()
    os._exit(status)


def run(tests: str) -> tuple[int | None, str]:
    """The exit status of these tests in a fork, or None where it did not come to an end; and what it printed last."""
    output = ROOT / "out" / f"output-{os.getpid()}.txt"
    process = multiprocessing.get_context("fork").Process(target=child, args=(tests, output))
    process.start()
    process.join(WAITING)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid or 0, signal.SIGKILL)  # with whatever it has started
    process.join()
    lines = output.read_text(errors="replace").splitlines()
    return (process.exitcode if (process.exitcode or 0) >= 0 else None), "\n".join(lines[-6:])


def verdict(tests: list[str]) -> str:
    """`survived`, `killed by` a list of tests, or `unclear` where it was not the tests that said so."""
    for each in tests:
        status, output = run(each)
        if status is None:
            return f"killed by its limits in {each}\n{output}"
        if status in (1, 2, 3, 4):
            return f"killed by {each}\n{output}"
        if status not in ((0,) if each.startswith("tests/") else (0, 5)):  # a module may have no examples
            return f"unclear, status {status} of {each}\n{output}"
    return "survived"


def main(path: str) -> None:
    """Answer one question after another."""
    sys.path[:0] = [str(ROOT), str(ROOT / "adapters"), str(ROOT / "tests"), str(ROOT / "tests" / "support")]
    for name in HEAVY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    pytest.main(["--help"])  # for what pytest itself imports
    assert not any(name.startswith("pure_schedules") for name in sys.modules)
    gc.collect()
    gc.freeze()  # pytest collects garbage before it ends: a child need not go over all that is here
    originals = {module: module.read_bytes() for module in MODULES}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        while True:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(BrokenPipeError):
                question = connection.makefile().readline().strip("\n")
                started = time.perf_counter()
                mutated = [module for module in MODULES if module.read_bytes() != originals[module]]
                if not question.isdecimal():
                    answer = verdict([question]) if not mutated else "unclear, a mutant is in place"
                elif len(mutated) == 1:
                    answer = verdict(suites(str(mutated[0].relative_to(ROOT)))[: int(question)])
                else:
                    answer = f"unclear, {len(mutated)} modules are not as they were"
                connection.sendall(f"{answer}\n{time.perf_counter() - started:.2f} s".encode())


if __name__ == "__main__":
    main(sys.argv[1])
