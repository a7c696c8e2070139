"""The table that the benchmark prints."""

HEADINGS = ("what", "ours", "floor", "ratio", "CPU ms", "queries", "the floor is")

LEGEND = """
ratio: the share of the floor's speed that we reach; 1.00 is as fast as the floor.
a|b ms: half of them took a at most, 99 of 100 took b at most.
CPU ms, queries: for each one, ours : the floor's. The CPU time is that of all processes
that took part, PostgreSQL too.
"""


def render(comparisons):
    """The comparisons as lines of text."""
    rows = [HEADINGS, *(_get_cells(row.describe()) for row in comparisons)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _get_cells(row):
    ours, floor = row["ours"], row["floor"]
    format_speed = _format_latency if row["by_latency"] else _format_rate
    return (
        row["what"],
        format_speed(ours),
        format_speed(floor),
        f"{row['ratio']:.2f}",
        _format_pair("cpu_ms_each", ours, floor),
        _format_pair("queries_each", ours, floor),
        row["floor_is"] + (f"; {row['note']}" if row["note"] else ""),
    )


def _format_rate(summary):
    rate = f"{summary['per_second']:,.0f}/s"
    return f"{rate} {_format_latency(summary)}" if "p50_ms" in summary else rate


def _format_latency(summary):
    return f"{summary['p50_ms']:.0f}|{summary['p99_ms']:.0f} ms"


def _format_pair(name, ours, floor):
    """A figure of both, where it was measured."""
    pair = [f"{side[name]:.1f}" if name in side else "–" for side in (ours, floor)]
    return " : ".join(pair) if pair != ["–", "–"] else ""
