"""What Twilio's error codes mean to us: one table.

https://www.twilio.com/docs/api/errors. Most codes of 63xxx come with a status, after
Twilio accepted the message; what can be tried again matters for an answer only.
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.errors import ErrorTable
from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import as_dict, as_dicts, as_text

#: Said of what Twilio reports and isn't a failure: 63037 (it takes a file once more),
#: 63046 (WhatsApp approved a template).
INFORMATION = frozenset({"63037", "63046"})

CANCELED = _lt("The message was cancelled at Twilio before it was sent.")

#: Surely not sent: may be tried again.
LATER = {
    "message": {
        "20429 http_429": _lt(
            "Twilio asks us to slow down. The message will be tried again."
        ),
        "20503": _lt(
            "Twilio is not available just now. The message will be tried again."
        ),
        "21611": _lt(
            "Too many messages of this number wait at Twilio. "
            "The message will be tried again."
        ),
        "30001": _lt(
            "Too many messages of this number waited at Twilio, and this one was "
            "dropped. Send it again in a few minutes."
        ),
        "63009 63010 63012": _lt(
            "WhatsApp had a fault of its own and did not take the message. "
            "Send it again in a few minutes."
        ),
        "63017": _lt(
            "Your Twilio account sends too many messages a second. "
            "Send it again in a minute."
        ),
    },
    "limit": {
        "63018": _lt(
            "This number has reached a limit of WhatsApp. "
            "Send it again later; the limit may hold for up to a day."
        ),
    },
    "account": {
        "63038": _lt(
            "Your Twilio account has reached its limit of messages for today. "
            "Send it again tomorrow, or ask an administrator to have it raised."
        ),
    },
}
#: Nobody knows whether it was sent.
UNKNOWN = {
    "message": {
        "20500": _lt(
            "Twilio had a fault of its own: nobody knows whether it took the message."
        ),
        "30410": _lt(
            "WhatsApp did not answer Twilio in time: nobody knows whether the message "
            "was delivered. Ask the customer before you send it again."
        ),
    },
}
#: Refused for good, by whom it concerns.
REFUSED = {
    "message": {
        "30036": _lt(
            "The message waited too long at Twilio and was dropped. Send it again."
        ),
        # WhatsApp's will
        "63049 63050": _lt(
            "WhatsApp limits how much marketing a person gets and kept this message "
            "back. Don't send it again within a day."
        ),
        "30007": _lt(
            "The message was taken for spam and kept back. Write it differently."
        ),
        "63013": _lt("The message breaks a policy of WhatsApp and was not delivered."),
        # Templates
        "63027": _lt(
            "WhatsApp knows no such template in this language. Choose another one."
        ),
        "63028 21656 92007": _lt(
            "The values filled in don't fit the template's variables: each needs one "
            "value, without line breaks."
        ),
        "63029": _lt(
            "The recipient's phone could not load the template. Choose another one."
        ),
        "63040": _lt("WhatsApp has rejected this template. Choose another one."),
        "63041": _lt("WhatsApp has paused this template for now. Choose another one."),
        "63042": _lt("WhatsApp has disabled this template. Choose another one."),
        "63043 63044 63045 63047": _lt(
            "WhatsApp could not use the sample file of this template."
        ),
        "21654": _lt(
            "Twilio takes only templates here. "
            "A trial account can't send free text: it has to be upgraded first."
        ),
        "21655 92006": _lt("Twilio does not know this template. Choose another one."),
        "92001 92003 92004 92005 92008": _lt(
            "Twilio does not accept the content of this message or template."
        ),
        "92002": _lt("The template has too many variables."),
        "92009": _lt("This template was already submitted to WhatsApp."),
        "572006": _lt("A trial account of Twilio can't use this template's name."),
        # Content
        "63005 63006 63011 63021 63023 63030": _lt(
            "WhatsApp does not accept this message as it is. Write it differently."
        ),
        "63019": _lt(
            "Twilio could not download the file from this server. Ask an administrator "
            "whether the server's public address can be reached from outside."
        ),
        "63025": _lt(
            "WhatsApp already has this file. Send it again under another name."
        ),
        "63034": _lt("The file is too large for WhatsApp. Send a smaller one."),
        "21602 21619": _lt("The message has neither text nor file."),
        "21617 21658": _lt(
            "The text is too long. Send it in parts of at most 1600 characters."
        ),
        "21620": _lt(
            "Twilio does not accept the address of the file. Ask an administrator to "
            "check the public address of this server."
        ),
        "21623": _lt(
            "A WhatsApp message carries one file. Send the others one by one."
        ),
        "20422": _lt(
            "Twilio does not accept this message as it is. Write it differently."
        ),
    },
    "contact": {
        "21211 21614 63003 63024": _lt(
            "This number can't receive WhatsApp messages. Check it on the contact."
        ),
        "21604": _lt("The contact has no number to send to."),
        "21608": _lt(
            "A trial account of Twilio may only write to numbers that were verified "
            "there. Ask an administrator to verify this one or to upgrade the account."
        ),
        "30008": _lt(
            "The message could not be delivered, and WhatsApp does not say why."
        ),
        "63015": _lt(
            "This person has not joined Twilio's WhatsApp sandbox, or did so more than "
            "three days ago. They have to send it the words “join …” first."
        ),
        "63031": _lt(
            "The contact's number is our own: a number can't write to itself."
        ),
        "63032": _lt(
            "WhatsApp has this person in an experiment and does not deliver messages "
            "of businesses to them. Reach them another way."
        ),
    },
    "consent": {
        "21610": _lt(
            "This person has asked by STOP to get no more messages. "
            "They have to write START before you can write to them."
        ),
        "63014 63033": _lt("This person has blocked messages from this number."),
    },
    "window": {
        "63016": _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template that WhatsApp has approved can be sent."
        ),
    },
    "limit": {
        "63026": _lt(
            "WhatsApp took messages of this number for spam and kept this one back. "
            "Write to fewer people, and differently."
        ),
    },
    "account": {
        "20003 http_401 http_403": _lt(
            "Twilio does not accept our credentials. "
            "An administrator has to enter the account's current ones."
        ),
        "20404 20409 http_404": _lt(
            "Twilio does not find what this account is configured with. "
            "An administrator has to check the account SID and the region."
        ),
        "63001 63008": _lt(
            "This number is not set up rightly between Twilio and WhatsApp. "
            "An administrator has to look at it in Twilio's console."
        ),
        "63002 63007 21212 21603 21606": _lt(
            "Twilio does not know our number as a WhatsApp sender of this account. "
            "An administrator has to check the channel."
        ),
        "63020": _lt(
            "Meta asks for something in its Business Manager, often a means of "
            "payment. An administrator has to look there."
        ),
        "63022": _lt(
            "WhatsApp has not confirmed the display name of this number. "
            "An administrator has to look at it in Twilio's console."
        ),
        "63051": _lt(
            "Meta has locked the WhatsApp Business account. "
            "An administrator has to appeal in Meta's Business Manager."
        ),
        "63062": _lt(
            "Meta's terms for marketing messages were not accepted yet. "
            "An administrator has to do so in Meta's Business Manager."
        ),
        "21408": _lt(
            "This Twilio account may not write to that country. "
            "An administrator can allow it in Twilio's console."
        ),
        "21609": _lt(
            "Twilio does not accept the address at which it should report back. "
            "An administrator has to check the public address of this server."
        ),
        "21703 21704 21705": _lt(
            "The Messaging Service of this channel has no WhatsApp sender or does not "
            "exist. An administrator has to check the channel."
        ),
        "30002": _lt(
            "The Twilio account is suspended. "
            "An administrator has to look at it in Twilio's console."
        ),
        "57012": _lt(
            "Twilio could not verify a signature. "
            "An administrator has to check the account's credentials."
        ),
    },
}


def _read(response: HttpResponse) -> tuple[list[str], str]:
    """Code and words of either of Twilio's two forms.

    Classic: ``{"code", "message", "more_info", "status"}``; newer services answer by
    RFC 9457: ``{"type", "title", "status", "code", "detail", "errors"}``. The SDK reads
    both, too (``twilio/base/exceptions.py``).
    """
    body = as_dict(response.json())
    parts = [body.get("message") or body.get("title"), body.get("detail")]
    parts += [error.get("detail") for error in as_dicts(body.get("errors"))]
    return [as_text(body.get("code"))], " ".join(filter(None, map(as_text, parts)))


ERRORS = ErrorTable(
    later=LATER,
    unknown=UNKNOWN,
    refused=REFUSED,
    unfamiliar=_lt("Twilio refused the message for a reason that is not known here."),
    read=_read,
)
