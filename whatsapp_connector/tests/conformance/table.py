"""The table at the end of a run: provider × capability × cases passed."""

from collections import Counter
from collections.abc import Iterable, Iterator

from .rows import ROWS, is_offered
from .wire import Wire


def make_table(cells: Iterable[tuple[str, str]], wires: Iterable[Wire]) -> str:
    """``cells`` has (row, wire's label) of each case that passed.

    An en dash stands for what the provider doesn't offer, followed by the reasons.
    Rows that nobody has a case in are left out.
    """
    counts = Counter(cells)
    wires = sorted(wires, key=lambda wire: wire.label)
    labels = [wire.label for wire in wires]
    counted = {row for row, _label in counts}
    rows = [row for row in ROWS if row in counted]
    width = max(map(len, [*rows, "all"])) + 1
    lines = ["".ljust(width) + _line(labels, labels)]
    for row in rows:
        values = [_cell(counts[row, wire.label], row, wire) for wire in wires]
        lines.append(row.ljust(width) + _line(values, labels))
    totals = [sum(n for (_r, w), n in counts.items() if w == label) for label in labels]
    lines.append("all".ljust(width) + _line(totals, labels))
    return "\n".join([*lines, "", *_reasons(wires)])


def _cell(count: int, row: str, wire: Wire) -> int | str:
    return count if is_offered(row, wire) else "–"


def _line(values: Iterable, labels: list[str]) -> str:
    pairs = zip(values, labels, strict=True)
    return "".join(str(value).rjust(len(label) + 2) for value, label in pairs)


def _reasons(wires: list[Wire]) -> Iterator[str]:
    yield "– not offered:"
    for wire in wires:
        by_reason: dict[str, list[str]] = {}
        for name, reason in wire.not_offered.items():
            by_reason.setdefault(reason, []).append(name)
        for reason, names in by_reason.items():
            yield f"{wire.label}: {', '.join(names)}: {reason}"
