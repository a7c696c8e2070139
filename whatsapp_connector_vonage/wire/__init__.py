"""Vonage's wire: bytes in, dataclasses out, and back. Free of Odoo.

Modules: :mod:`account` (whose credentials, which hosts), :mod:`signature` and
:mod:`parse` (what Vonage posts to us), :mod:`send` (what we post to Vonage),
:mod:`rest` (what else we ask it), :mod:`components` (templates in WhatsApp's form),
:mod:`manager` (handing them in), :mod:`errors` (what its codes mean).
"""
