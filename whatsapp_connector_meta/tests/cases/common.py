"""Who we are at Meta in the cases, and how it answers."""

from odoo.addons.whatsapp_connector.tests.conformance.wire import Asked, answer

from ...wire.account import MetaAccount

WABA = "102290129340398"
PHONE = "106540352242922"
APP = "634974688087057"
SECRET = "s3cr3t-app-secret"
TOKEN = "EAAtest-token"
VERIFY_TOKEN = "our-verify-token"
GRAPH = "https://graph.facebook.com/v25.0"
#: HMAC-SHA256 of TOKEN under SECRET.
PROOF = "4b2413330ffb0a2c6183fefd204a104cad5d512acc4606bb6323b3720507f849"

ACCOUNT = MetaAccount(
    waba_id=WABA,
    app_id=APP,
    access_token=TOKEN,
    app_secret=SECRET,
    verify_token=VERIFY_TOKEN,
)
SETTINGS = {
    "meta_waba_id": WABA,
    "meta_app_id": APP,
    "meta_access_token": TOKEN,
    "meta_app_secret": SECRET,
    "meta_verify_token": VERIFY_TOKEN,
}
#: What proves that a request is the system user's, or the app's.
HEADERS = {
    "user": {"Authorization": f"Bearer {TOKEN}"},
    "app": {"Authorization": f"Bearer {APP}|{SECRET}"},
}


def asked(method, *path, json=None, **params):
    """A request of the system user's to the node (and edge) ``path``."""
    return Asked(
        method=method,
        url="/".join((GRAPH, *path)),
        params=(*params.items(), ("appsecret_proof", PROOF)),
        json=json,
    )


def asked_by_app(method, *path, json=None, **params):
    url = "/".join((GRAPH, *path))
    return Asked(method=method, url=url, params=tuple(params.items()), json=json)


def refusal(code, status=400, **error):
    return answer({"error": {"code": code, "message": "Words", **error}}, status)
