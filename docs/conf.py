"""How the site is built: ``python -m sphinx -W --keep-going -b html docs out/docs``, offline.

The pages are the Markdown files beside this one; their examples are run by the tests. The reference comes from the
docstrings, the gallery is drawn by ``gallery/make.py``, the notebook is executed: an error in any of them ends the build.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

import pure_schedules

HERE = Path(__file__).parent

project = "pure-schedules"
author = "The pure-schedules authors"
copyright = author
release = version = pure_schedules.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["examples", "jupyter_execute", "**/.ipynb_checkpoints"]
nitpicky = False  # types of torch and NumPy are named in prose, and nothing is fetched to resolve them

# Pages and the notebook
myst_enable_extensions = ["colon_fence", "dollarmath", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

# The reference
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # what a hyperparameter may be stands beside its name, with its unit
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Differs"]
python_use_unqualified_type_names = True
add_module_names = False
add_function_parentheses = False
toc_object_entries_show_parents = "hide"
default_role = "code"

# The look
html_theme = "furo"
html_title = f"pure-schedules {release}"
html_static_path = ["_static"]
html_extra_path = ["llms.txt"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options: dict[str, Any] = {"navigation_with_keys": True}
pygments_style = "default"
pygments_dark_style = "github-dark"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def program(name: str, path: Path) -> Any:
    """A file beside this one as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


gallery = program("gallery_make", HERE / "gallery" / "make.py")
explorer = program("explorer_build", HERE / "explorer" / "build.py")

SECTION = re.compile(r"(Args|Raises|Returns|Example|Examples|Differs|Note|Yields):$")


def formulas_as_code(lines: list[str]) -> list[str]:
    """A docstring in which what is set in from the text, outside the sections, is code: the formula."""
    made: list[str] = []
    in_section = in_code = False
    said = ""
    for line in lines:
        indented = line.startswith("    ")
        if line.strip() and not indented:
            in_section, in_code = bool(SECTION.match(line)), False
        if indented and not in_section and not in_code and made and not made[-1].strip() and not said.endswith("::"):
            made += [".. code-block:: text", ""]
            in_code = True
        in_code = in_code or (indented and said.endswith("::"))
        said = line if line.strip() and not indented else said
        made.append(re.sub(r"^Source: ", "**Source:** ", line))
    return made


def picture_of(name: str) -> list[str]:
    """The picture of a schedule from the gallery, before what is said of it."""
    return [
        line
        for theme, file in (("light", f"{name}.svg"), ("dark", f"{name}.dark.svg"))
        for line in (f".. image:: /gallery/pictures/{file}", f"   :alt: The curve of {name}", f"   :class: only-{theme}", "")
    ]


#: The classes that a reader makes by calling them. All others are made by a function, which their entry names.
CALLED_BY_READERS = {"pure_schedules_torch.TextLR"}
#: What napoleon reads as ``type: description``.
ATTRIBUTES = ("property", "attribute", "data")


def is_made_by_a_function(what: str, name: str) -> bool:
    return what in ("class", "exception") and name not in CALLED_BY_READERS


def without_section(lines: list[str], title: str) -> list[str]:
    """A docstring without one of its sections."""
    kept, inside = [], False
    for line in lines:
        inside = line == title or (inside and (not line.strip() or line.startswith(" ")))
        if not inside:
            kept.append(line)
    return kept


def docstring_as_page(_: Any, what: str, name: str, __: Any, ___: Any, lines: list[str]) -> None:
    if is_made_by_a_function(what, name):
        lines[:] = without_section(lines, "Args:")
    lines[:] = formulas_as_code(lines)
    if what in ATTRIBUTES:
        lines[:0] = ["..", ""]  # an empty comment: napoleon takes what is before a colon in the first line for a type
    short = name.removeprefix("pure_schedules.")
    if what == "function" and (short in gallery.EXAMPLES or short in gallery.of_peers()):
        lines += ["", *picture_of(short)]


def entry_is_whole(_: Any, what: str, name: str, __: Any, ___: Any, lines: list[str]) -> None:
    """End the build where napoleon took a part of the text for a type."""
    if what in ATTRIBUTES and any(line.startswith(":type:") for line in lines):
        raise ValueError(f"{name}: a part of its text would be shown as its type: {lines}")


def signature_by_name(_: Any, what: str, name: str, __: Any, ___: Any, arguments: Any, returned: Any) -> Any:
    """The signature, with a default that is a schedule's maker under its name, ``decay=linear``; no constructor that
    nobody calls."""
    if is_made_by_a_function(what, name):
        return "", ""
    return None if arguments is None else (re.sub(r"<function (\w+)>", r"\1", arguments), returned)


def without_values(_: Any, __: str, kind: str, content: Any) -> None:
    """Entries of rules and axes without what they are made of, which says nothing to a reader."""
    from sphinx.addnodes import desc_annotation

    if kind in ("data", "attribute"):
        for value in [note for note in content.parent.findall(desc_annotation) if note.astext().lstrip().startswith("=")]:
            value.parent.remove(value)


def with_schedules_listed(_: Any, __: str, text: list[str]) -> None:
    text[0] = gallery.examples.listed(text[0])


def without_last_blank(_: Any, __: str, text: list[str]) -> None:
    """A page whose examples end with their last line: the blank one is for the runner of doctests."""
    text[0] = re.sub(r"\n\n```$", "\n```", text[0], flags=re.MULTILINE)


def forget_what_has_no_source(_: Any, environment: Any) -> None:
    """Leave modules that `viewcode` could not read out of its index, which leads to their pages all the same."""
    modules = getattr(environment, "_viewcode_modules", {})
    for name in [name for name, entry in modules.items() if not entry]:
        del modules[name]


def setup(app: Any) -> None:
    os.environ["JUPYTER_PATH"] = str(HERE / "notebook")  # the notebook runs under the Python that builds the site
    # Before napoleon, which looks at the sections; and before the pages are read.
    app.connect("autodoc-process-docstring", docstring_as_page, priority=100)
    app.connect("autodoc-process-docstring", entry_is_whole, priority=900)
    app.connect("autodoc-process-signature", signature_by_name)
    app.connect("object-description-transform", without_values)
    app.connect("builder-inited", lambda _: gallery.make(HERE / "gallery"), priority=1)
    app.connect("source-read", with_schedules_listed)
    app.connect("source-read", without_last_blank)
    app.connect("env-check-consistency", forget_what_has_no_source)
    app.connect("build-finished", lambda built, error: error or explorer.build(Path(built.outdir) / "explorer"))
