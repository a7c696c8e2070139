"""Addons without Odoo, and how hard Hypothesis tries."""

import os

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from without_odoo import CHECKOUT, register_addons

set_hypothesis_home_dir(CHECKOUT / ".dev" / "hypothesis")

# Reproducible, and fast enough for every run; HYPOTHESIS_PROFILE=long digs deeper.
settings.register_profile(
    "default", deadline=None, derandomize=True, database=None, max_examples=100
)
settings.register_profile("long", deadline=None, database=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

register_addons()
