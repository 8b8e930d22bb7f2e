"""Which cells of a notebook are an answer, and which other cells it needs. Looks at code, never runs it.

Works inside the jail, since even reading hostile code is better done there.
"""

import ast
import builtins
import re
from dataclasses import dataclass, field
from functools import cached_property

_BUILTINS = set(dir(builtins)) | {"display", "get_ipython"}
_MAGIC = re.compile(r"^(\s*)([%!?].*|.*\?)$")


@dataclass(eq=False)
class Cell:
    """One code cell. exercise: the name in its metadata, "" where there is none."""

    source: str
    exercise: str = ""
    place: int = 0
    origin: str = "student"

    @cached_property
    def code(self) -> str:
        """The source without lines that only IPython understands."""
        if _parses(self.source):
            return self.source
        return "\n".join(_MAGIC.sub(r"\1pass", line) for line in self.source.split("\n"))

    @cached_property
    def tree(self) -> ast.Module | None:
        """The code's syntax tree; None where the code is no Python."""
        try:
            return ast.parse(self.code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def binds(self) -> set[str]:
        """The names that running the cell gives a value, without imports."""
        names: set[str] = set()
        for statement in self.tree.body if self.tree else ():
            names |= _bound(statement)
        return names

    @cached_property
    def hands_in(self) -> set[str]:
        """The names under which the cell calls check(name=answer) with more than dots or the name itself."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)] if self.tree else []
        return {
            word.arg
            for call in calls
            if isinstance(call.func, ast.Name) and call.func.id == "check"
            for word in call.keywords
            if word.arg and not isinstance(word.value, ast.Name) and not _only_dots(word.value)
        }

    @cached_property
    def loads(self) -> set[str]:
        """The names that the cell, or a function in it, looks up."""
        found = ast.walk(self.tree) if self.tree else ()
        loads = {node.id for node in found if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        return loads - _BUILTINS

    @cached_property
    def imports(self) -> list[str]:
        """The cell's import statements, each as code."""
        body = self.tree.body if self.tree else ()
        return [ast.unparse(one) for one in body if isinstance(one, (ast.Import, ast.ImportFrom))]

    @cached_property
    def brings(self) -> set[str]:
        """The names that the cell's imports give a value."""
        found = [
            one
            for one in (self.tree.body if self.tree else ())
            if isinstance(one, (ast.Import, ast.ImportFrom))
        ]
        return {(alias.asname or alias.name).split(".")[0] for one in found for alias in one.names}

    def fills(self, name: str) -> bool:
        """Whether the cell gives the name more than the stub's dots."""
        return name in self.hands_in or any(not _is_stub(statement) for statement in self._binding(name))

    def _binding(self, name: str) -> list[ast.stmt]:
        return [one for one in (self.tree.body if self.tree else ()) if name in _bound(one)]


@dataclass
class Plan:
    """What to run for each exercise of a lesson.

    lesson: the teacher's own cells. answers: the student's. names: the lesson's exercises.
    """

    lesson: list[Cell]
    answers: list[Cell]
    names: list[str]
    chosen: dict[str, Cell] = field(init=False)

    def __post_init__(self) -> None:
        for cells in (self.lesson, self.answers):
            for place, cell in enumerate(cells):
                cell.place = place
        given = {_normal(cell.source) for cell in self.lesson if not cell.exercise}
        self.chosen = {name: cell for name in self.names if (cell := self._answer(name))}
        taken = set(self.chosen.values())
        self.own = [
            cell
            for cell in self.answers
            if cell not in taken and not cell.exercise and _normal(cell.source) not in given
        ]

    def _answer(self, name: str) -> Cell | None:
        """The cell with this answer: by its metadata, else by the name it gives a value."""
        defining = [cell for cell in self.answers if name in cell.binds | cell.hands_in]
        filled = [cell for cell in defining if cell.fills(name)]
        marked = [cell for cell in self.answers if cell.exercise == name]
        both = [cell for cell in filled if cell in marked]
        for candidates in (both, filled, [cell for cell in marked if not cell.tree], defining, marked):
            if candidates:
                return candidates[-1]
        return None

    def imports(self) -> list[str]:
        """Every import of the lesson and of the student's own cells: they cost nothing when unused."""
        cells = [*self.lesson, *self.answers]
        return list(dict.fromkeys(line for cell in cells for line in cell.imports))

    def needed(self, name: str) -> list[Cell]:
        """The cells to run for an exercise, in their order, its own last."""
        order: list[Cell] = []
        self._add(self.chosen[name], order, set())
        return order

    def _add(self, cell: Cell, order: list[Cell], seen: set[Cell]) -> None:
        if cell in seen:
            return
        seen.add(cell)
        for name in sorted(cell.loads - cell.brings - _own_parameters(cell)):
            if name not in cell.binds or cell.origin == "lesson":
                provider = self._provider(name, cell)
                if provider and provider is not cell:
                    self._add(provider, order, seen)
        order.append(cell)

    def _provider(self, name: str, user: Cell) -> Cell | None:
        if name in self.chosen and user.origin == "student":
            return self.chosen[name]
        for cells in (self.own if user.origin == "student" else (), self.lesson):
            binding = [cell for cell in cells if name in cell.binds and not cell.exercise]
            if binding:
                before = [cell for cell in binding if cell.place < self._place(user, cells)]
                return before[-1] if before else binding[0]
        return self.chosen.get(name)

    def _place(self, user: Cell, cells: list[Cell]) -> int:
        """Where a cell stands among these: for an answer among the lesson's cells, at its exercise's
        place.
        """
        if user.origin == "student" and cells is self.lesson:
            name = next((name for name, cell in self.chosen.items() if cell is user), user.exercise)
            return next((cell.place for cell in self.lesson if cell.exercise == name), len(self.lesson))
        return user.place


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _normal(source: str) -> str:
    return "".join(source.split())


def _bound(statement: ast.stmt) -> set[str]:
    """The names a top-level statement gives a value; inside a function or class they are its own."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return set()
    names: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            waiting.extend(ast.iter_child_nodes(node))
    return names


def _own_parameters(cell: Cell) -> set[str]:
    """Names that are only ever arguments or local to the cell's functions need no other cell."""
    if not cell.tree:
        return set()
    arguments = {node.arg for node in ast.walk(cell.tree) if isinstance(node, ast.arg)}
    stored = {
        node.id
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return (arguments | stored) - cell.binds


def _is_stub(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef):
        return all(_says_nothing(one) for one in statement.body)
    if isinstance(statement, ast.Assign):
        return _only_dots(statement.value)
    return False


def _says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Return):
        return isinstance(statement.value, ast.Constant) and statement.value.value in (None, ...)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _only_dots(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is ...
    if isinstance(value, ast.List):
        return bool(value.elts) and all(map(_only_dots, value.elts))
    if isinstance(value, ast.Dict):
        return bool(value.values) and all(map(_only_dots, value.values))
    return False
