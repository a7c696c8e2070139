"""What every provider's wire code is written in: plain Python, free of Odoo.

Modules: :mod:`items` (what a provider tells us), :mod:`outbound` (what we ask it to
send and what came of it), :mod:`http` (requests, responses and the one client that
carries them), :mod:`errors` (the table of a provider's error codes),
:mod:`credentials` (what every account has), :mod:`template` and :mod:`components`
(templates, and WhatsApp's own form of them; :mod:`keys` for those who number them
throughout), :mod:`contents` (messages in WhatsApp's
own form), :mod:`limits` (what a provider can't carry), :mod:`webhook` (a POST as it
arrived), :mod:`values` (reading JSON that may hold anything), :mod:`text` (WhatsApp's
text formatting), :mod:`translate` (marks sentences for people). Nothing here may import
Odoo, so that all of it is tested and fuzzed without a database or a server.
"""
