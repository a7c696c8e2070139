"""MessageBird's wire: bytes in, dataclasses out, and back. Free of Odoo.

Two generations, two packages with the same functions: :mod:`conversations` (MessageBird
Conversations) and :mod:`bird` (Bird Channels). Shared: :mod:`account` (whose
credentials), :mod:`reading` (ids, and our own references), :mod:`errors` (what codes
mean), :mod:`rest` (asking).
"""
