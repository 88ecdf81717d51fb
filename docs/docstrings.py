"""What a docstring says of each argument, for the pages that are made of docstrings."""

import re


def arguments(text: str) -> dict[str, tuple[str, str]]:
    """What the docstring says of each argument, and its unit."""
    section = re.search(r"^Args:\n((?: +.*\n|\n)+)", text + "\n", re.MULTILINE)
    found: dict[str, tuple[str, str]] = {}
    for entry in re.findall(r"^    (\w+): ((?:.|\n     )+)", section[1] if section else "", re.MULTILINE):
        about = re.sub(r"\s+", " ", entry[1]).strip()
        unit = re.search(r" \[(\w+)\]\.?$", about)
        found[entry[0]] = (about[: unit.start()] if unit else about.rstrip("."), unit[1] if unit else "")
    return found
