"""Which Odoo, which database server and which tests a command takes."""

import pytest
from installer import odoo_source, paths, postgres, suite
from installer.errors import SetupError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setattr(paths, "get_cache", lambda: tmp_path)
    odoo_source.get_tree.cache_clear()
    yield tmp_path
    odoo_source.get_tree.cache_clear()


def make_tree(folder, version="19, 0"):
    (folder / "odoo").mkdir(parents=True)
    release = f"version_info = ({version}, 0, FINAL, 0, '')\n"
    (folder / "odoo" / "release.py").write_text(release)
    return folder


def test_the_tree_that_the_user_names_comes_first(cache, tmp_path, monkeypatch):
    make_tree(cache / "odoo-19.0-git")
    home = make_tree(tmp_path / "mine")
    (home / "other_package.py").touch()
    monkeypatch.setenv("ODOO_HOME", str(home))
    tree = odoo_source.get_tree()
    assert (tree / "odoo").resolve() == home / "odoo"
    assert not (tree / "other_package.py").exists()


@pytest.mark.parametrize("version", ["18, 0", None])
def test_a_wrong_tree_is_refused(tmp_path, monkeypatch, version):
    home = make_tree(tmp_path / "mine", version) if version else tmp_path
    monkeypatch.setenv("ODOO_HOME", str(home))
    with pytest.raises(SetupError, match="ODOO_HOME"):
        odoo_source.get_tree()


def test_an_installed_tree_is_found(cache, monkeypatch):
    monkeypatch.delenv("ODOO_HOME", raising=False)
    assert odoo_source.get_tree() is None
    odoo_source.get_tree.cache_clear()
    tree = make_tree(cache / "odoo-19.0-git")
    assert odoo_source.get_tree() == tree


def test_the_database_server_is_our_own_unless_one_is_named(monkeypatch):
    monkeypatch.delenv("PGHOST", raising=False)
    assert postgres.is_own()
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert not postgres.is_own()
    assert not postgres.get_environment()


def test_our_own_server_is_recognized_by_the_commands_that_we_start(monkeypatch):
    monkeypatch.delenv("PGHOST", raising=False)
    monkeypatch.setenv("PGHOST", postgres.get_environment()["PGHOST"])
    assert postgres.is_own()


def test_a_socket_lies_where_its_path_is_short_enough(cache, monkeypatch):
    monkeypatch.delenv("PGHOST", raising=False)
    deep = cache / ("x" * 100)
    monkeypatch.setattr(paths, "get_cache", lambda: deep)
    socket = f"{postgres.get_environment()['PGHOST']}/.s.PGSQL.5432"
    assert len(socket) < 108


def test_the_tests_named_choose_their_part():
    targets = ["tests/wire/test_text.py::test_x", "tests/e2e/test_journey.py"]
    chosen = {part.name: suite.select(part, targets) for part in suite.PARTS}
    assert chosen["wire"] == targets[:1]
    assert chosen["e2e"] == targets[1:]
    assert not chosen["odoo"]


def test_values_of_options_are_no_tests():
    assert suite.find_targets(["-k", "window", "-x", "no/such/file.py"]) == []
