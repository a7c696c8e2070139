"""Who we are at Bird in the cases, and how it answers."""

from ...wire.account import MessageBirdAccount
from ..cases_conversations.common import (
    ACCESS_KEY,
    KEY,
    NEWS_OF_TEMPLATES,
    answer,
    asked,
    is_authorized,
)

__all__ = ["NEWS_OF_TEMPLATES", "answer", "asked", "is_authorized"]

CHANNEL = "614208aa-b153-4d5d-9989-2fddfc0ce4c3"
WORKSPACE = "c32b95a0-4a8f-4f64-a3ef-9a1f3ce4d3a5"
GROUP = "7d0f2f4c-0d3c-4a4e-8f0e-2b6d8c1f9a10"
API = f"https://api.bird.com/workspaces/{WORKSPACE}"
MESSAGES = f"{API}/channels/{CHANNEL}/messages"

ACCOUNT = MessageBirdAccount(
    generation="bird",
    access_key=ACCESS_KEY,
    signing_key=KEY,
    workspace_id=WORKSPACE,
    channel_ids=(CHANNEL,),
)
SETTINGS = {
    "messagebird_generation": "bird",
    "messagebird_access_key": ACCESS_KEY,
    "messagebird_signing_key": KEY,
    "messagebird_workspace_id": WORKSPACE,
}


def make_id(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def page(url, *params, token=None):
    """The question for a page of a list."""
    place = (("pageToken", token),) if token else ()
    return asked("GET", url, *params, ("limit", "100"), *place)


def listed(*records, following=None):
    after = {"nextPageToken": following} if following else {}
    return answer({"results": list(records), **after})


def refusal(code, status=422, message="Words"):
    return answer({"code": code, "message": message}, status)
