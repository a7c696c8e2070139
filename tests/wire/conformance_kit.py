"""The wires of all addons, and how tests of the suite are made for each.

A wire is the ``WIRE`` of a module or package ``<addon>/tests/cases*``: a new provider
is found by its cases alone.
"""

import importlib
import json
from collections import deque

import pytest
from without_odoo import CHECKOUT

from odoo.addons.whatsapp_connector.wire.http import HttpClient, HttpResponse


def _load_wires():
    places = sorted(CHECKOUT.glob("*/tests/cases*"))
    names = [f"odoo.addons.{place.parts[-3]}.tests.{place.stem}" for place in places]
    wires = [importlib.import_module(name).WIRE for name in names]
    return sorted(wires, key=lambda wire: wire.label)


WIRES = _load_wires()


def each(row, cases=None):
    """Run a test for each wire, or for each case that ``cases(wire)`` names.

    The test gets ``wire``, and ``name`` where there are cases. ``row`` is the row of
    the conformance table, or gives it from wire and name.
    """
    if cases is None:
        params = [_make_param(wire, row) for wire in WIRES]
        return pytest.mark.parametrize("wire", params)
    params = [
        _make_param(wire, row(wire, name) if callable(row) else row, name)
        for wire in WIRES
        for name in cases(wire)
    ]
    return pytest.mark.parametrize("wire, name", params)


def _make_param(wire, row, *names):
    mark = pytest.mark.conformance(row=row, wire=wire.label)
    return pytest.param(wire, *names, id="-".join((wire.label, *names)), marks=mark)


class Scripted(HttpClient):
    """A client that answers as scripted, in order, and keeps what it was asked.

    What is no answer (nor an exception to raise) is the JSON of a good one.
    """

    def __init__(self, *answers):
        super().__init__()
        self.requests = []
        self._answers = deque(answers)

    def _send(self, request, limit):
        self.requests.append(request)
        assert self._answers, f"nobody expected {request}"
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, HttpResponse):
            return answer
        return HttpResponse(status=200, body=json.dumps(answer).encode())


OK = HttpResponse(status=200, body=b"{}")
