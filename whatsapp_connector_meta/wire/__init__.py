"""Meta's wire: bytes in, dataclasses out, and back. Free of Odoo.

Modules: :mod:`account` (whose credentials, which hosts), :mod:`signature` (handshake
and proof), :mod:`parse` with :mod:`inbound` and :mod:`news` (what Meta posts to us),
:mod:`send` (what we post to Meta), :mod:`graph` (how it is asked), :mod:`rest` (what we
ask it), :mod:`media` (files), :mod:`content` (templates in its form), :mod:`approval`
(handing them in), :mod:`errors` (what its codes mean).
"""
