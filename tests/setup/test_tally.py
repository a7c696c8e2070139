"""What ``setup/test`` counts: nothing that did not run may look like success."""

import pytest
from installer import tally

PASSED = '<testcase classname="a" name="passes"/>'
FAILED = '<testcase classname="a" name="fails"><failure message="no"/></testcase>'
BROKEN = '<testcase classname="a" name="breaks"><error message="no"/></testcase>'
SKIPPED = '<testcase classname="a" name="waits"><skipped message="no moon"/></testcase>'


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """Judge a run of pytest by its exit code and the cases of its report."""
    allowed = tmp_path / "allowed.txt"
    monkeypatch.setattr(tally, "ALLOWED_SKIPS", allowed)

    def judge(code, *cases, is_narrowed=False, allowed_skips=""):
        allowed.write_text(allowed_skips)
        report = tmp_path / "report.xml"
        if cases:
            report.write_text(f"<testsuites>{''.join(cases)}</testsuites>")
        return tally.judge(code, report, is_narrowed)

    return judge


def test_errors_count_as_failures(judge):
    assert str(judge(1, PASSED, FAILED, BROKEN)) == "1 passed, 2 failed, 0 skipped"


def test_a_skip_without_a_listed_reason_is_named(judge):
    result = judge(0, PASSED, SKIPPED, allowed_skips="# comment\n\nno sun\n")
    assert str(result) == "1 passed, 0 failed, 1 skipped"
    assert result.unlisted_skips == ["a.waits: no moon"]


def test_a_skip_with_a_listed_reason_is_fine(judge):
    assert not judge(0, SKIPPED, allowed_skips="no moon").unlisted_skips


def test_a_crash_without_a_report_is_a_failure(judge):
    assert judge(-11).failed == 1


def test_a_failure_outside_of_tests_is_a_failure(judge):
    assert judge(3, PASSED).failed == 1


def test_a_part_without_tests_is_a_failure(judge):
    assert judge(5, "<nothing/>").failed == 1


def test_a_part_without_tests_is_fine_where_some_were_asked_for(judge):
    assert judge(5, "<nothing/>", is_narrowed=True).failed == 0


def test_tallies_add_up():
    first = tally.Tally(1, 2, 3, ["a"])
    second = tally.Tally(10, 20, 30, ["b"])
    assert first + second == tally.Tally(11, 22, 33, ["a", "b"])
