"""Mutation testing of the library and its adapters with cosmic-ray: `python tests/mutation [MODULE ...]`.

Every module has a session of its own in `out/mutation`, a database of cosmic-ray's: a run that was interrupted goes on
where it was, and a module that was changed begins anew. The mutants are made and tested in clones of the working tree,
one for each worker, where a server (see `server.py`) keeps what is slow to import. In the end prints the table of all
sessions, and writes the survivors with their differences to `out/mutation/survivors.txt`.
"""

import argparse
import asyncio
import contextlib
import hashlib
import logging
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from cosmic_ray.commands.execute import execute
from cosmic_ray.commands.init import init
from cosmic_ray.config import ConfigDict
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult
from mutants import choose
from suites import suites

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "mutation"
#: In a clone; relative, for a socket's path must be short.
SOCKET = "out/tests.socket"
FIRST_PORT = 9876
NOT_IN_THE_SAMPLE = "not in the sample"


def modules() -> list[str]:
    """Every module but those of `pure_schedules.testing`, which are tests themselves."""
    found = [*sorted(ROOT.glob("pure_schedules/**/*.py")), *sorted(ROOT.glob("adapters/pure_schedules_torch/**/*.py"))]
    return [str(path.relative_to(ROOT)) for path in found if path.parent.name != "testing"]


# Sessions ------------------------------------------------------------------------------------------------------------


def session_of(module: str) -> Path:
    """The session of a module as it is now: its name has the module's name and a hash of the source."""
    name = module.removesuffix(".py").removeprefix("adapters/").replace("/", ".")
    return OUT / f"{name}-{hashlib.sha256((ROOT / module).read_bytes()).hexdigest()[:12]}.sqlite"


def begin(module: str) -> None:
    """Make the session of a module, unless it is there."""
    path = session_of(module)
    if path.exists():
        return
    for old in OUT.glob(f"{path.stem.rpartition('-')[0]}-*.sqlite"):
        old.unlink()
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with use_db(str(unfinished)) as database:
        init([Path(module)], database, {})
        choose(database)
    unfinished.rename(path)


def forget(module: str, survivors: bool) -> None:
    """Let what got no answer meet the tests once more, and the survivors too if that is asked for."""
    kept = ("killed by%",) if survivors else ("killed by%", "survived%")
    unlike = " and ".join("ifnull(output, '') not like ?" for _ in kept)
    with contextlib.closing(sqlite3.connect(session_of(module))) as database, database:
        database.execute(f"delete from work_results where worker_outcome <> 'SKIPPED' and {unlike}", kept)


def sample(module: str, share: float) -> None:
    """Leave so large a share of the mutants of a module to be tested, always the same ones.

    A larger share has those of a smaller one too, and what was asked for once is not made smaller: else the survivors that
    meet the tests again would be left out, and those that were killed would not. A share of 0 stands for the one before.
    """
    with contextlib.closing(sqlite3.connect(session_of(module))) as database, database:
        (most,) = database.execute("pragma user_version").fetchone()
        most = max(most, round(share * 1_000_000)) or 1_000_000
        database.execute(f"pragma user_version = {most}")
        database.execute("delete from work_results where output = ?", [NOT_IN_THE_SAMPLE])
    left_out = WorkResult(worker_outcome=WorkerOutcome.SKIPPED, output=NOT_IN_THE_SAMPLE)
    with use_db(str(session_of(module)), WorkDB.Mode.open) as database:
        pending = [(item.job_id, item.mutations[0]) for item in database.pending_work_items]
        places = {job: random.Random(f"{m.module_path} {m.operator_name} {m.occurrence}").random() for job, m in pending}
        database.set_multiple_results([job for job, place in places.items() if place * 1_000_000 >= most], left_out)


# Clones and workers --------------------------------------------------------------------------------------------------


def clone(number: int) -> Path:
    """A copy of the working tree. Compiled files are checked by the hash of their source, so none is ever stale."""
    folder = OUT / f"clone-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    listed = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "out").mkdir(exist_ok=True)
    compiling = ["-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "pure_schedules", "adapters", "tests"]
    subprocess.run([sys.executable, *compiling], cwd=folder, check=True)
    return folder


@contextlib.contextmanager
def worker(number: int) -> Iterator[Path]:
    """A clone with a server for its tests and a worker of cosmic-ray's, while the context lasts."""
    folder = clone(number)
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": f"{folder}:{folder / 'adapters'}",  # for the processes that tests start
        "OMP_NUM_THREADS": "1",
        "JAX_PLATFORMS": "cpu",
        "HYPOTHESIS_NO_PLUGINS": "1",  # which would import the library
    }
    log = (folder / "out" / "log.txt").open("w")
    programs = (
        [sys.executable, "tests/mutation/server.py", SOCKET],
        [sys.executable, "-m", "cosmic_ray.cli", "http-worker", "--port", str(FIRST_PORT + number)],
    )
    running = [subprocess.Popen(each, cwd=folder, env=environment, stdout=log, stderr=log) for each in programs]
    try:
        while not (folder / SOCKET).exists():
            if running[0].poll() is not None:
                raise RuntimeError(f"the server did not start, see {folder / 'out' / 'log.txt'}")
            time.sleep(0.2)
        yield folder
    finally:
        for process in running:
            process.terminate()
            process.wait()
        log.close()


def without_a_mutant(folder: Path, tests: list[str]) -> None:
    """That these tests pass when nothing is mutated: without that a kill means nothing."""
    for each in tests:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.path.relpath(folder / SOCKET))
            connection.sendall(f"{each}\n".encode())
            answer = connection.makefile().read()
        if not answer.startswith("survived"):
            raise RuntimeError(f"without a mutant, this fails: {each}\n{answer}")
        print(f"passes in {answer.split()[-2]} s: {each}", flush=True)


def test(module: str, workers: int, lists: int) -> None:
    """Let every mutant of a module that has no answer yet meet the tests."""
    config = ConfigDict(
        {
            "test-command": f"{sys.executable} -S -E tests/mutation/ask.py {SOCKET} {lists}",
            "timeout": 3600.0,  # the servers have limits of their own
            "distributor": {
                "name": "http",
                "http": {"worker-urls": [f"http://localhost:{FIRST_PORT + number}" for number in range(workers)]},
            },
        }
    )
    started = time.perf_counter()
    with use_db(str(session_of(module)), WorkDB.Mode.open) as database:
        number = sum(1 for _ in database.pending_work_items)
        if number:
            asyncio.set_event_loop(asyncio.new_event_loop())  # the distributor takes the one that is there
            execute(database, config)
    print(f"{module}: {number} mutants in {time.perf_counter() - started:.0f} s", flush=True)


# The report ----------------------------------------------------------------------------------------------------------


def report() -> bool:
    """Print the table of all sessions, write the survivors down; whether all mutants have an answer."""
    print("\n| module | mutants | tested | killed | survived | score |\n|---|---|---|---|---|---|")
    total, survivors, complete = [0, 0, 0, 0], [], True
    for module in filter(lambda module: session_of(module).exists(), modules()):
        with use_db(str(session_of(module)), WorkDB.Mode.open) as database:
            mutations = {item.job_id: item.mutations[0] for item in database.work_items}
            results = {job: result for job, result in database.results if result.worker_outcome != WorkerOutcome.SKIPPED}
            left_out = sum(result.output == NOT_IN_THE_SAMPLE for _, result in database.results)
            pending = sum(1 for _ in database.pending_work_items)
        if not results and not pending:
            continue
        survived = [job for job, result in results.items() if result.test_outcome == TestOutcome.SURVIVED]
        killed = [job for job, result in results.items() if (result.output or "").startswith("killed by")]
        unclear = len(results) - len(survived) - len(killed) + pending
        complete &= not unclear
        row = [len(results) + pending + left_out, len(results) + pending, len(killed), len(survived)]
        total = [a + b for a, b in zip(total, row, strict=True)]
        note = f" ({unclear} without an answer)" if unclear else ""
        print(f"| `{module}` | {' | '.join(map(str, row))} | {100 * row[2] / row[1]:.1f} %{note} |")
        for job in sorted(survived, key=lambda job: mutations[job].start_pos):
            mutation, difference = mutations[job], results[job].diff or ""
            changed = [line for line in difference.splitlines() if line[:1] in "-+" and line[:3] not in ("---", "+++")]
            place = f"{module}:{mutation.start_pos[0]}:{mutation.start_pos[1]} {mutation.definition_name}"
            survivors.append("\n".join([f"{place} {mutation.operator_name.removeprefix('core/')}", *changed, ""]))
    if total[0]:
        print(f"| together | {' | '.join(map(str, total))} | {100 * total[2] / total[1]:.1f} % |")
    (OUT / "survivors.txt").write_text("\n".join(survivors), encoding="utf-8")
    return complete


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tests/mutation", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="paths of modules; all of them if none is given")
    parser.add_argument("--workers", type=int, default=2, help="processes at a time")
    parser.add_argument("--lists", type=int, default=99, help="of the lists of tests, only the first ones")
    parser.add_argument(
        "--sample",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="a random share of them; if left out, the one before, or all",
    )
    parser.add_argument("--again", action="store_true", help="let the survivors meet the tests once more")
    parser.add_argument("--report", action="store_true", help="only print the table of what has been run")
    given = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    if not given.report:
        chosen = given.modules or modules()
        logging.disable(logging.INFO)
        with ProcessPoolExecutor(given.workers) as pool:
            list(pool.map(begin, chosen))
        for module in chosen:
            forget(module, given.again)
            sample(module, given.sample)
        with contextlib.ExitStack() as stack:
            folders = [stack.enter_context(worker(number)) for number in range(given.workers)]
            passed: set[str] = set()
            for module in chosen:
                tests = [each for each in suites(module)[: given.lists] if each not in passed]
                with ThreadPoolExecutor(given.workers) as pool:
                    list(pool.map(without_a_mutant, folders, [tests[i :: given.workers] for i in range(given.workers)]))
                passed.update(tests)
                test(module, given.workers, given.lists)
    return 0 if report() else 1


if __name__ == "__main__":
    sys.exit(main())
