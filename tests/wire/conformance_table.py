"""The table at the end of a run: provider × capability × cases passed."""

from collections import Counter

from conformance_kit import WIRES

from odoo.addons.whatsapp_connector.tests.conformance.rows import ROWS, is_offered

_WIDTH = max(map(len, ROWS)) + 1


def is_complete(cells):
    """Whether all wires were run: of a few tests there is no table."""
    return {label for _row, label in cells} == {wire.label for wire in WIRES}


def make_table(cells):
    """``cells`` has (row, wire's label) of each case that passed.

    An en dash stands for what the provider doesn't offer, followed by the reasons.
    """
    counts = Counter(cells)
    labels = [wire.label for wire in WIRES]
    lines = ["".ljust(_WIDTH) + _line(labels, labels)]
    for row in ROWS:
        values = [_cell(counts[row, wire.label], row, wire) for wire in WIRES]
        lines.append(row.ljust(_WIDTH) + _line(values, labels))
    totals = [sum(n for (_r, w), n in counts.items() if w == label) for label in labels]
    lines.append("all".ljust(_WIDTH) + _line(totals, labels))
    return "\n".join([*lines, "", *_reasons()])


def _cell(count, row, wire):
    return count if is_offered(row, wire) else "–"


def _line(values, labels):
    pairs = zip(values, labels, strict=True)
    return "".join(str(value).rjust(len(label) + 2) for value, label in pairs)


def _reasons():
    yield "– not offered:"
    for wire in WIRES:
        by_reason = {}
        for name, reason in wire.not_offered.items():
            by_reason.setdefault(reason, []).append(name)
        for reason, names in by_reason.items():
            yield f"{wire.label}: {', '.join(names)}: {reason}"
