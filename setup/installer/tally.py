"""How a part of the test suite went: from pytest's report to numbers."""

import dataclasses
import xml.etree.ElementTree as ElementTree

from . import paths

ALLOWED_SKIPS = paths.CHECKOUT / "tests" / "allowed_skips.txt"
_NOTHING_COLLECTED = 5  # pytest's exit code


@dataclasses.dataclass
class Tally:
    """How many tests passed, failed (or could not run), and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    unlisted_skips: list = dataclasses.field(default_factory=list)

    def __add__(self, other):
        sums = map(sum, zip(self._get_values(), other._get_values(), strict=True))
        return Tally(*sums, self.unlisted_skips + other.unlisted_skips)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def _get_values(self):
        return self.passed, self.failed, self.skipped


def judge(code, report, is_narrowed):
    """The tally of a run. What should have run and didn't is a failure."""
    tally = _read_report(report) if report.exists() else Tally()
    if code == _NOTHING_COLLECTED and is_narrowed:
        return tally
    if code != 0 and not tally.failed:
        tally.failed = 1
    return tally


def _read_report(report):
    """The tally of a file in JUnit's format."""
    tally = Tally()
    allowed = _read_allowed_skips()
    for case in ElementTree.parse(report).iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skip is None:
            tally.passed += 1
        else:
            tally.skipped += 1
            reason = skip.get("message", "")
            if not any(text in reason for text in allowed):
                name = f"{case.get('classname')}.{case.get('name')}"
                tally.unlisted_skips.append(f"{name}: {reason}")
    return tally


def _read_allowed_skips():
    """The reasons that may stand for a skip, one a line."""
    if not ALLOWED_SKIPS.exists():
        return []
    lines = map(str.strip, ALLOWED_SKIPS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]
