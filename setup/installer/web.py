"""A small HTTP client for servers of our own: JSON, cookies, no proxies."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request

from .errors import SetupError

_TIMEOUT = 60


class Client:
    """Calls one server.

    :param address: such as ``http://localhost:8069``
    """

    def __init__(self, address):
        self._address = address
        cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(cookies),
        )

    def get(self, path, **query):
        """The JSON that a GET is answered with."""
        return self._call(f"{path}?{urllib.parse.urlencode(query)}")

    def post(self, path, values):
        """The JSON that a POST of JSON is answered with."""
        return self._call(path, json.dumps(values).encode())

    def call_odoo(self, path, **params):
        """The result of one of Odoo's JSON-RPC routes."""
        answer = self.post(path, {"jsonrpc": "2.0", "method": "call", "params": params})
        if error := answer.get("error"):
            raise SetupError(error["data"].get("message") or error["message"])
        return answer.get("result")  # none where a method returns None

    def call_model(self, model, method, *arguments, **options):
        """The result of a model's public method, for who is logged in."""
        return self.call_odoo(
            "/web/dataset/call_kw",
            model=model,
            method=method,
            args=arguments,
            kwargs=options,
        )

    def answers(self, path):
        """Whether a GET is answered with success."""
        try:
            with self._opener.open(self._address + path, timeout=5):
                return True
        except OSError:
            return False

    def _call(self, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self._address + path, body, headers)
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read(500).decode(errors="replace")
            raise SetupError(f"{path} answered {error.code}: {text}") from error
