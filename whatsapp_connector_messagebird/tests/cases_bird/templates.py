"""Templates at Bird: projects and versions, created, activated, listed, deleted."""

from dataclasses import replace

from odoo.addons.whatsapp_connector.tests.conformance import intents
from odoo.addons.whatsapp_connector.tests.conformance.listed import (
    get_exchanges,
    make_state,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import Deed, Templates

from ...wire import bird
from .common import (
    ACCOUNT,
    API,
    CHANNEL,
    GROUP,
    answer,
    asked,
    listed,
    page,
    refusal,
)

PROJECTS = f"{API}/projects"
VERSIONS = f"{PROJECTS}/p1/channel-templates"
_FIND_PROJECT = page(PROJECTS, ("type", "channelTemplate"))
_GROUPS = (
    page(f"{API}/channel-groups"),
    listed({"id": "g0", "channelIds": ["x"]}, {"id": GROUP, "channelIds": [CHANNEL]}),
)
_PROJECT = {"id": "p1", "name": "order_shipped_ca"}


def _text(role, text):
    return {"type": "text", "role": role, "text": {"text": text}}


def _build(*blocks, kind="text", variables=None):
    """The body of the request that creates a version."""
    samples = {"body_1": "Anna", "body_2": "S0042"} if variables is None else variables
    return {
        "description": "order_shipped",
        "defaultLocale": "ca",
        "genericContent": [],
        "platformContent": [
            {
                "platform": "whatsapp",
                "locale": "ca",
                "type": kind,
                "channelGroupIds": [GROUP],
                "blocks": list(blocks),
            }
        ],
        "variables": [
            {
                "key": key,
                "type": "string",
                "format": "none",
                "description": key,
                "examplesLocale": {"ca": {"exampleValueStrings": [sample]}},
            }
            for key, sample in samples.items()
        ],
        "supportedPlatforms": ["whatsapp"],
        "deployments": [
            {
                "key": "whatsappTemplateName",
                "platform": "whatsapp",
                "value": "order_shipped",
            },
            {"key": "whatsappCategory", "platform": "whatsapp", "value": "UTILITY"},
        ],
    }


def _activate(version="v1"):
    return asked("PUT", f"{VERSIONS}/{version}/activate", json={})


def _submission(*blocks, **more):
    """A project, a version in it, and its activation, which asks for the review."""
    description = {"name": "order_shipped_ca", "description": "order_shipped_ca"}
    project = asked("POST", PROJECTS, json={**description, "type": "channelTemplate"})
    return (
        (_FIND_PROJECT, listed()),
        _GROUPS,
        (project, answer(_PROJECT, 201)),
        (page(VERSIONS), listed()),
        (asked("POST", VERSIONS, json=_build(*blocks, **more)), answer({"id": "v1"})),
        (_activate(), answer({"id": "v1", "status": "pending"})),
    )


def _with_file(media):
    file = {"mediaUrl": "{{header_file}}", "altText": ""}
    if media.kind == "image":
        header = {"type": "image", "role": "header", "image": file}
    else:
        file |= {"contentType": media.mimetype, "filename": media.filename}
        header = {"type": "file", "role": "header", "file": file}
    return _submission(
        header,
        BODY,
        kind="image" if media.kind == "image" else "file",
        variables={"header_file": media.url, "body_1": "Anna", "body_2": "S0042"},
    )


BODY = _text("body", "Hola {{body_1}}, la comanda {{body_2}} ja surt.")
SUBMISSIONS = {
    "numbers": _submission(BODY),
    "words": _submission(
        _text("body", "Hola {{body_who}}, la comanda {{body_order_name}} ja surt."),
        variables={"body_who": "Anna", "body_order_name": "S0042"},
    ),
    "all parts": _submission(
        _text("header", "Comanda {{header_1}}"),
        BODY,
        _text("footer", "Adéu"),
        {
            "type": "link-action",
            "linkAction": {"text": "Veure", "url": "https://x.example/{{button_0_1}}"},
        },
        {
            "type": "call-phone-number-action",
            "callPhoneNumberAction": {"text": "Truca", "phoneNumber": "+34931234567"},
        },
        {
            "type": "reply-action",
            "replyAction": {"text": "On és?", "payload": "order_shipped:2"},
        },
        variables={
            "header_1": "S0042",
            "body_1": "Anna",
            "body_2": "S0042",
            "button_0_1": "S1",
        },
    ),
    "picture above": _with_file(intents.PICTURE),
    "video above": _with_file(intents.VIDEO),
    "document above": _with_file(intents.DOCUMENT),
    "new version": _submission(BODY),
}


def _record(template=intents.PLAIN, word="approved", version="v1", **approval):
    """A version as it is listed, with WhatsApp's decision about its language."""
    created = get_exchanges(SUBMISSIONS, template)[4][0].json
    [content] = created["platformContent"]
    decision = {"platformStatus": word, **approval}
    decided = [{**content, "approvals": [decision]}]
    return {
        **created,
        "id": version,
        "status": "active",
        "platformContent": decided,
    }


def _state(template=intents.PLAIN, status="approved", **values):
    """What it says has Bird's names of the variables, which tell their places."""
    names = {
        (each.place, each.name): f"{each.place.replace(':', '_')}_{each.name}"
        for each in template.variables
    }

    def rename(place, text):
        for (where, name), key in names.items():
            if where == place:
                text = text.replace("{{" + name + "}}", "{{" + key + "}}")
        return text

    content = replace(
        template,
        header_text=rename("header", template.header_text),
        body=rename("body", template.body),
        buttons=tuple(
            replace(button, url=rename(f"button:{position}", button.url))
            for position, button in enumerate(template.buttons)
        ),
        variables=tuple(
            replace(each, name=key, key=key)
            for each, key in zip(template.variables, names.values(), strict=True)
        ),
    )
    said = {"template_id": "p1/v1", "content": content}
    return make_state(template, status, **{**said, **values})


def _submit(*exchanges, previous=None, **values):
    return Deed(
        do=lambda client: bird.submit(client, ACCOUNT, intents.PLAIN, previous),
        exchanges=exchanges,
        **values,
    )


def _delete(given):
    return Deed(
        do=lambda client: bird.delete(client, ACCOUNT, "p1/v1"),
        exchanges=((asked("DELETE", f"{VERSIONS}/v1"), given),),
    )


_CREATE = asked("POST", VERSIONS, json=_build(BODY))
DEEDS = {
    "template submitted again after a lost answer": _submit(
        (_FIND_PROJECT, listed(_PROJECT)),
        _GROUPS,
        (page(VERSIONS), listed(_record(word="pending"))),
        result=_state(status="pending", content=None),
    ),
    # A version can't be edited once it went to WhatsApp: the next one is.
    "template mended": _submit(
        _GROUPS,
        (page(VERSIONS), listed(_record(word="rejected"))),
        (_CREATE, answer({"id": "v2"})),
        (_activate("v2"), answer({})),
        previous="p1/v1",
        result=_state(status="pending", template_id="p1/v2", content=None),
    ),
    "template refused": _submit(
        (_FIND_PROJECT, listed(_PROJECT)),
        _GROUPS,
        (page(VERSIONS), listed()),
        (_CREATE, answer({"id": "v1"})),
        (_activate(), refusal("InvalidPayload")),
        refused="InvalidPayload",
    ),
    "list over pages": Deed(
        do=lambda client: bird.list_states(client, ACCOUNT),
        exchanges=(
            (_FIND_PROJECT, listed(_PROJECT, following="T")),
            (
                page(VERSIONS),
                listed(_record(), {**_record(), "status": "draft"}, following="V"),
            ),
            (
                page(VERSIONS, token="V"),
                listed(_record(intents.FULL, "rejected", "v2", reason="PROMOTIONAL")),
            ),
            (page(PROJECTS, ("type", "channelTemplate"), token="T"), listed()),
        ),
        result=[
            _state(),
            _state(intents.FULL, "rejected", template_id="p1/v2", reason="PROMOTIONAL"),
        ],
    ),
    "list refused": Deed(
        do=lambda client: bird.list_states(client, ACCOUNT),
        exchanges=((_FIND_PROJECT, refusal("Unauthenticated", 401)),),
        refused="Unauthenticated",
    ),
    "template deleted": _delete(answer(None, 204)),
    "deleted already": _delete(refusal("NotFound", 404)),
}

TEMPLATES = Templates(
    submit=bird.submit,
    list_states=bird.list_states,
    submissions=SUBMISSIONS,
    listing=lambda template, word: (listed(_PROJECT), listed(_record(template, word))),
    states={
        "pending": "pending",
        "pending_approval": "pending",
        "submitted": "pending",
        "in_review": "pending",
        "active": "approved",
        "approved": "approved",
        "whatsapp_approved": "approved",
        "rejected": "rejected",
        "paused": "paused",
        "disabled": "disabled",
        "inactive": "disabled",
        "deleted": "deleted",
    },
)
