"""What an interruption leaves, and what two commands at a time do."""

import pytest
from installer import files
from installer.errors import SetupError


def test_a_folder_appears_when_it_is_complete(tmp_path):
    folder = tmp_path / "odoo"
    with files.building(folder) as part:
        (part / "release.py").touch()
        assert not folder.exists()
    assert [file.name for file in folder.iterdir()] == ["release.py"]
    assert not part.exists()


def test_an_interrupted_folder_never_appears_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "odoo"
    with pytest.raises(KeyboardInterrupt), files.building(folder) as part:
        (part / "half").touch()
        raise KeyboardInterrupt
    assert not folder.exists()
    with files.building(folder) as part:
        assert not list(part.iterdir())


def test_a_new_folder_takes_the_place_of_the_old_one(tmp_path):
    for name in ("old", "new"):
        with files.building(tmp_path / "odoo") as part:
            (part / name).touch()
    assert [file.name for file in (tmp_path / "odoo").iterdir()] == ["new"]


def test_the_last_to_leave_knows_it(tmp_path):
    first = files.SharedLock(tmp_path / "lock")
    second = files.SharedLock(tmp_path / "lock")
    assert not first.is_last()
    first.release()
    assert second.is_last()
    second.release()


def test_who_comes_second_is_told(tmp_path):
    lock = tmp_path / "lock"
    with files.held(lock, "It runs"):
        with pytest.raises(SetupError, match="It runs"), files.held(lock, "It runs"):
            pass
    with files.held(lock, "It runs"):
        pass


def test_a_hash_tells_states_apart(tmp_path):
    file = tmp_path / "file"
    file.write_text("one")
    before = files.get_hash("name", file)
    assert before == files.get_hash("name", file)
    file.write_text("two")
    assert before != files.get_hash("name", file)
    assert files.get_hash("ab", "c") != files.get_hash("a", "bc")
