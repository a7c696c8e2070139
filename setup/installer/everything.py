"""Installs what is missing, in order."""

from . import browser, files, odoo_source, paths, python


def install(with_browser=False):
    """Make this machine ready; takes no time where it is already."""
    with files.locked(paths.get_cache() / "install.lock"):
        odoo_source.install()
        python.install()
        if with_browser:
            browser.install()
