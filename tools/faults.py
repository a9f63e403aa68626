"""What small faults can be made in a file, and how the running functions are given one."""

import ast
import difflib
import gc
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
NOT_RUN = ("annotation", "returns", "decorator_list", "args")


class Fault(NamedTuple):
    """One fault: the file's text with one place changed, and the line of the statement that it is in."""

    file: str
    line: int
    statement: int
    text: str
    original: str

    @property
    def diff(self) -> str:
        lines = difflib.unified_diff(self.original.splitlines(), self.text.splitlines(), lineterm="", n=0)
        return "\n".join(f"    {line}" for line in list(lines)[3:])


def faults(file: str) -> Iterator[Fault]:
    """Yield every fault that can be made in the functions of a file."""
    original = Path(file).read_text(encoding="utf-8")
    source, starts = original.encode(), [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, statement in _executed(ast.parse(original), 0):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        for replacement in _replacements(node):
            text = (source[:start] + replacement.encode() + source[end:]).decode()
            yield Fault(file, node.lineno, statement, text, original)  # type: ignore[attr-defined]


def _executed(tree: ast.AST, statement: int) -> Iterator[tuple[ast.AST, int]]:
    """Yield the nodes that a call of a function executes, each with the line of its statement."""
    for name, value in ast.iter_fields(tree):
        if name in NOT_RUN:
            continue
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST):
                continue
            inside = statement or isinstance(tree, ast.FunctionDef)
            line = node.lineno if inside and isinstance(node, ast.stmt) else statement
            if line and hasattr(node, "lineno"):
                yield node, line
            yield from _executed(node, line)


def _replacements(node: ast.AST) -> Iterator[str]:
    """Yield what could stand there by mistake."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            yield f"({ast.unparse(ast.Compare(left, [OPPOSITE[type(operator)]()], [right]))})"
        case ast.BoolOp(op=operator, values=values):
            other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value)):
            yield from (f"({value + 1})", f"({value - 1})")
        case ast.Expr(value=ast.Call()) | ast.Raise():
            yield "pass"
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield "return None"
        case ast.If(test=ast.Name() | ast.Call() | ast.Attribute()):
            yield ast.unparse(ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)).replace(
                "\n", "\n" + " " * node.col_offset
            )


def put_in(fault: Fault) -> None:
    """Give the functions of this process the fault; whoever imported one has it too."""
    _replace(fault.file, compile(fault.text, _path(fault.file), "exec"))


def watch(file: str, reached: Callable[[str, int], None]) -> None:
    """Have the functions of a file call `reached` with it and the line of each statement that they come to."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for node in ast.walk(function):
            for name in ("body", "orelse", "finalbody"):
                statements = getattr(node, name, None)
                if isinstance(statements, list) and not any(isinstance(one, _Watch) for one in statements):
                    setattr(
                        node, name, [part for one in statements for part in (_Watch.before(one, file), one)]
                    )
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    module.__dict__[_Watch.name] = reached
    _replace(file, compile(ast.fix_missing_locations(tree), _path(file), "exec"))


def unwatch(file: str) -> None:
    """Give the functions of a file back what it says."""
    _replace(file, compile(Path(file).read_text(encoding="utf-8"), _path(file), "exec"))


class _Watch(ast.Expr):
    name = "__reached__"

    @classmethod
    def before(cls, statement: ast.stmt, file: str) -> "_Watch":
        call = ast.Call(
            ast.Name(cls.name, ast.Load()), [ast.Constant(file), ast.Constant(statement.lineno)], []
        )
        return ast.copy_location(cls(call), statement)


def _path(file: str) -> str:
    return str(Path(file).resolve())


def _replace(file: str, module: CodeType) -> None:
    """Exchange the code of every function that was made from a file: methods and decorated ones are found as well."""
    codes = dict(_codes(module))
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == _path(file):
            if code := codes.get(function.__code__.co_qualname):
                function.__code__ = code
        elif hasattr(type(function), "cache_clear") and function.__module__.startswith("cases."):
            function.cache_clear()  # it may remember what the code of before answered


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and "<" not in constant.co_qualname:
            yield constant.co_qualname, constant
            yield from _codes(constant)
