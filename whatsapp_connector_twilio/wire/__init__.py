"""Twilio's wire: bytes in, dataclasses out, and back. Free of Odoo.

Modules: :mod:`account` (whose credentials, which hosts), :mod:`signature` and
:mod:`parse` (what Twilio posts to us), :mod:`send` (what we post to Twilio),
:mod:`rest` (what we ask it), :mod:`content` (templates in its form), :mod:`approval`
(handing them in), :mod:`errors` (what its codes mean), :mod:`payload` (how webhooks are
encoded).
"""
