"""What lists say of the templates that were submitted, for the providers' cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...wire.template import Template, TemplateState
from .intents import TEMPLATES
from .wire import Exchange


def get_exchanges(
    submissions: Mapping[str, tuple[Exchange, ...]], template: Template
) -> tuple[Exchange, ...]:
    """What submitting ``template`` asked and was answered."""
    for name, exchanges in submissions.items():
        if TEMPLATES[name].template == template:
            return exchanges
    raise KeyError(template.name)


def make_state(template: Template, status: str, **values: Any) -> TemplateState:
    """``template`` as it reads after it was submitted in Catalan.

    What comes back with a tap isn't the template's.
    """
    buttons = tuple(replace(button, payload="") for button in template.buttons)
    return TemplateState(
        **{
            "name": template.name,
            "language": "ca",
            "status": status,
            "category": template.category,
            "content": replace(template, buttons=buttons),
            **values,
        }
    )
