"""Which mutants are made: cosmic-ray's operators that are used, and the mutants that would say nothing.

An operator that can be replaced by eleven others is replaced by one, its opposite or its neighbour: whoever notices one of
them missing notices the others. Left out, too, is what changes no behaviour when the program runs: annotations, stubs for
type checkers, and what is the same program in other words.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, WorkerOutcome, WorkResult

OPERATORS = {
    "core/AddNot",
    "core/ExceptionReplacer",
    "core/NumberReplacer",
    "core/RemoveDecorator",
    "core/ReplaceAndWithOr",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/ReplaceUnaryOperator_Delete_USub",
    "core/ZeroIterationForLoop",
    *(
        f"core/ReplaceBinaryOperator_{pair}"
        for pair in (
            "Add_Sub",
            "BitAnd_BitOr",
            "BitOr_BitAnd",
            "Div_Mul",
            "FloorDiv_Div",
            "Mod_FloorDiv",
            "Mul_Div",
            "Pow_Mul",
            "Sub_Add",
        )
    ),
    *(
        f"core/ReplaceComparisonOperator_{pair}"
        for pair in ("Eq_NotEq", "Gt_GtE", "GtE_Gt", "Is_IsNot", "IsNot_Is", "Lt_LtE", "LtE_Lt", "NotEq_Eq")
    ),
}

#: Decorators that say something to type checkers and nothing when the program runs.
OF_TYPES = {"final", "overload", "runtime_checkable"}

OPPOSITE = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


class _Running(ast.NodeTransformer):
    """Leaves of a program what has an effect when it runs."""

    def visit(self, node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if "overload" in map(_name, node.decorator_list):
                return None
            node.returns = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if "Protocol" in map(_name, getattr(node, "bases", ())):
                return None
            node.decorator_list = [decorator for decorator in node.decorator_list if _name(decorator) not in OF_TYPES]
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.AnnAssign):
            if node.value is None:
                return None
            node.annotation = ast.Name("Any")
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            node.body = []
        node = self.generic_visit(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Compare):
            compared = node.operand  # `not a == b` is `a != b`
            if len(compared.ops) == 1 and type(compared.ops[0]) in OPPOSITE:
                return ast.Compare(compared.left, [OPPOSITE[type(compared.ops[0])]()], compared.comparators)
        return node


def _name(node: ast.AST) -> str:
    """The last name of what is called, subscripted or reached through a dot."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return getattr(node, "id", getattr(node, "attr", ""))


def _effect(source: str) -> str | None:
    """The program as its effect, comparable with others; None where it is no program."""
    try:
        return ast.dump(_Running().visit(ast.parse(source)))
    except SyntaxError:
        return None


@cache
def _original(path: Path) -> tuple[str, str | None]:
    source = path.read_text(encoding="utf-8")
    return source, _effect(source)


def mutated(mutation: MutationSpec) -> str | None:
    """The source of the module with this mutation."""
    source, _ = _original(mutation.module_path)
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    changed: str | None = mutate_code(source, operator, mutation.occurrence)
    return changed


def _wanted(mutations: Iterable[tuple[str, MutationSpec]]) -> Iterator[str]:
    """The jobs whose mutants are made."""
    seen: set[tuple[Path, str]] = set()
    for job, mutation in mutations:
        name = mutation.operator_name
        if name not in OPERATORS or (name == "core/NumberReplacer" and mutation.occurrence % 2):  # one more, not one less
            continue
        if name == "core/RemoveDecorator" and _decorator(mutation) in OF_TYPES:
            continue
        if name.startswith("core/ReplaceBinaryOperator") and not _is_an_operation(mutation):
            continue
        effect = _effect(mutated(mutation) or "")
        if effect is None or effect == _original(mutation.module_path)[1] or (mutation.module_path, effect) in seen:
            continue
        seen.add((mutation.module_path, effect))
        yield job


def _decorator(mutation: MutationSpec) -> str:
    source, _ = _original(mutation.module_path)
    return source.splitlines()[mutation.start_pos[0] - 1].strip().removeprefix("@")


@cache
def _operators_of(path: Path) -> frozenset[tuple[int, int]]:
    """Where in a module an operator stands between two operands."""
    source, _ = _original(path)
    lines = source.splitlines()
    places = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            first, second = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            line, column = first.end_lineno or 0, first.end_col_offset or 0
            while (line, column) < (second.lineno, second.col_offset):
                found = re.compile(r"[-+*/%|&@<>^]").search(lines[line - 1].split("#")[0], column)
                if found:
                    places.add((line, found.start()))
                    break
                line, column = line + 1, 0
    return frozenset(places)


def _is_an_operation(mutation: MutationSpec) -> bool:
    """Whether this is one: cosmic-ray takes the star of ``(step, *, start)`` for a product, too."""
    return tuple(mutation.start_pos) in _operators_of(mutation.module_path)


def choose(database: WorkDB) -> int:
    """Mark all other mutants of the session as skipped; how many are left."""
    mutations = [(item.job_id, item.mutations[0]) for item in database.pending_work_items]
    wanted = set(_wanted(mutations))
    others = [job for job, _ in mutations if job not in wanted]
    database.set_multiple_results(others, WorkResult(worker_outcome=WorkerOutcome.SKIPPED, output="not made"))
    return len(wanted)
