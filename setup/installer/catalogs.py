"""Merges templates into the addons' catalogs; runs with the virtual environment's
Python (polib)."""

import argparse
import sys
from pathlib import Path

import polib

_LANGUAGES = ("ca", "es")
_PLURAL_FORMS = "nplurals=2; plural=(n != 1);"  # of all of them
# They would change with each export.
_DATES = ("POT-Creation-Date", "PO-Revision-Date")


def main():
    """Merge, and list what is missing; gives the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=Path)
    parser.add_argument("templates", type=Path, nargs="+", metavar="ADDON.pot")
    options = parser.parse_args()
    missing = 0
    for file in options.templates:
        folder = options.checkout / file.stem / "i18n"
        folder.mkdir(exist_ok=True)
        template = _read(file)
        template.save(str(folder / file.name))
        for language in _LANGUAGES:
            catalog = _merge(template, folder / f"{language}.po")
            catalog.save(str(folder / f"{language}.po"))
            missing += _report(catalog, f"{file.stem}/i18n/{language}.po")
    return int(bool(missing))


def _read(file):
    catalog = polib.pofile(str(file))
    for date in _DATES:
        catalog.metadata.pop(date, None)
    return catalog


def _merge(template, file):
    """The language's catalog with exactly the template's terms, in its order."""
    catalog = _read(file) if file.exists() else _create(template, file.stem)
    catalog.merge(template)
    order = {term.msgid: place for place, term in enumerate(template)}
    known = [term for term in catalog if not term.obsolete]
    catalog[:] = sorted(known, key=lambda term: order[term.msgid])
    for term in catalog:
        if not any(map(str.isalpha, term.msgid)):  # Odoo exports numbers too
            term.msgstr = term.msgid
    return catalog


def _create(template, language):
    catalog = polib.POFile()
    catalog.header = template.header
    catalog.metadata = {
        **template.metadata,
        "Language": language,
        "Plural-Forms": _PLURAL_FORMS,
    }
    return catalog


def _report(catalog, name):
    """Print what is missing; gives how many terms."""
    missing = [term.msgid for term in catalog if not term.translated()]
    print(f"{name}: {len(catalog)} terms, {len(missing)} missing")
    for term in missing:
        print(f"    {term!r}")
    return len(missing)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:  # polib's too, which says what is wrong in which line
        sys.exit(str(error))
