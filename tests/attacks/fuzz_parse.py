"""The attack of atheris on `parse`: coverage of the library's own code leads it to texts that no list of edits would have.

    python -m attacks.fuzz_parse RUNS SEED FIGURES

Run from `tests`, with `tests/support` on the path. Half of its inputs are edits of valid texts, of the other half
libFuzzer changes the bytes; whatever reaches new code is kept and changed further. `test_fuzz.py` starts it and reads the
figures that it leaves.
"""

import json
import sys
from pathlib import Path
from random import Random
from typing import Any


def main(runs: int, seed: int, figures: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["pure_schedules"]):
        from attacks.edits import edited_text, valid_schedules
        from attacks.oracle import Oracle

        import pure_schedules as ps

    texts = [repr(schedule) for schedule in valid_schedules(200)]
    oracle = Oracle(ps.parse)

    def attack(data: bytes) -> None:
        # As a file would give it that was opened with errors="surrogateescape".
        if oracle.inputs < runs:
            oracle.ask(data.decode(errors="surrogateescape"))
        if oracle.inputs == runs:  # the fuzzer ends the process without a word to Python
            figures.write_text(json.dumps({"figures": oracle.figures(), "findings": oracle.findings}))

    def mutated(data: bytes, most: int, at: int) -> bytes:
        random = Random(at)
        if random.random() < 0.5:
            changed: Any = atheris.Mutate(data, most)
            return bytes(changed)
        text = random.choice(texts) if random.random() < 0.5 else data.decode(errors="ignore") or random.choice(texts)
        return edited_text(text, random, texts).encode(errors="surrogateescape")[:most]

    # The oracle has a watchdog of its own, and leaks are looked for in what the whole process grows by.
    options = [f"-runs={runs + 1000}", f"-seed={seed}", "-timeout=0", "-max_len=20000", "-rss_limit_mb=0", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options], attack, custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
