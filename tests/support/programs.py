"""How tests run the programs of the documentation."""

import torch

#: Options of Python for a program that must not warn. When it ends, torch 2.6 leaves a temporary folder of its own behind.
WARNINGS_ARE_ERRORS = ["-W", "error"]
if torch.__version__ < "2.7":
    WARNINGS_ARE_ERRORS += ["-W", "ignore:Implicitly cleaning up:ResourceWarning"]
