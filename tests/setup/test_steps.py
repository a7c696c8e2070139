"""A failure says which step, why, and what to do."""

import sys

import pytest
from installer import paths, steps
from installer.errors import SetupError


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    """Logs go to a folder of the test's own."""
    monkeypatch.setattr(paths, "DEV", tmp_path)
    monkeypatch.setattr(sys, "argv", [str(paths.SETUP / "demo")])


def end_of(command):
    """The exit code of a command of ``setup/``."""
    with pytest.raises(SystemExit) as caught:
        steps.main(command)
    return caught.value.code


def test_a_step_says_how_long_it_took(capsys):
    with steps.step("Wait"):
        pass
    assert capsys.readouterr().out == "Wait … 0.0 s\n"


def test_a_failure_names_step_cause_and_remedy(capsys):
    def fail():
        with steps.step("Fetch the moon"):
            raise SetupError("It is too far", "Wait for a rocket")

    assert end_of(fail) == 1
    output = capsys.readouterr().out
    assert "setup/demo failed in the step “Fetch the moon”" in output
    assert "Why: It is too far" in output
    assert "What to do: Wait for a rocket" in output


def test_a_program_that_fails_shows_the_end_of_its_output():
    program = "for number in range(100): print('line', number)\nraise SystemExit(3)"
    with pytest.raises(SetupError) as caught:
        steps.run([sys.executable, "-c", program], remedy="Try again")
    assert "ended with 3" in str(caught.value)
    assert "line 99" in str(caught.value)
    assert "line 5\n" not in str(caught.value)
    assert caught.value.remedy == "Try again"


def test_a_missing_program_is_named():
    with pytest.raises(SetupError, match="no-such-program"):
        steps.run(["no-such-program"], remedy="Install it")


def test_ctrl_c_is_no_traceback(capsys):
    def interrupt():
        raise KeyboardInterrupt

    assert end_of(interrupt) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_the_commands_own_exit_code_is_kept():
    assert end_of(lambda: 7) == 7
