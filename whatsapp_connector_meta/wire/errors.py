"""What Meta's error codes mean to us: one table.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
The same code may answer a request or come with a status, after Meta accepted the
message; what can be tried again matters for the former only.
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.errors import ErrorTable
from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import Record, as_dict, as_text

#: Meta numbers the lack of permissions within these.
_PERMISSIONS = " ".join(map(str, range(200, 300)))

#: Surely not sent: may be tried again.
LATER = {
    "message": {
        "4 80007 130429 http_429": _lt(
            "Meta asks us to slow down. The message will be tried again."
        ),
        "131056": _lt(
            "This person got too many messages in a short time. "
            "The message will be tried again."
        ),
        "131057 133004 2494100": _lt(
            "WhatsApp is being maintained just now. The message will be tried again."
        ),
    },
}
#: Nobody knows whether it was sent.
UNKNOWN = {
    "message": {
        "1 2 131000 131016": _lt(
            "Meta had a fault of its own: nobody knows whether it took the message."
        ),
    },
}
#: Refused for good, by whom it concerns.
REFUSED = {
    "message": {
        # WhatsApp's will
        "131049": _lt(
            "WhatsApp limits how much marketing a person gets and kept this message "
            "back. Don't send it again within a day."
        ),
        "131048": _lt(
            "WhatsApp limits this number because people blocked it or took its "
            "messages for spam. Send it again tomorrow."
        ),
        # Templates
        "132001": _lt(
            "WhatsApp knows no such template in this language, or has not approved "
            "it. Choose another one."
        ),
        "132000 132012 132018": _lt(
            "The values filled in don't fit the template's variables: each needs one "
            "value, without line breaks."
        ),
        "132005": _lt("With these values the template's text is too long."),
        "132007 132008": _lt(
            "The template breaks a policy of WhatsApp. Choose another one."
        ),
        "132015": _lt("WhatsApp has paused this template for now. Choose another one."),
        "132016": _lt("WhatsApp has disabled this template. Choose another one."),
        "132068 132069": _lt("WhatsApp has blocked the form that this template opens."),
        "2388023": _lt(
            "This template is being deleted at Meta, and its name can't be used again "
            "for 30 days. Choose another name."
        ),
        "2388024 template_exists": _lt(
            "Meta already has a template of this name in this language, with another "
            "content. Choose another name."
        ),
        "2388040": _lt("A part of the template has too many characters."),
        "2388047 2388072 2388073": _lt(
            "Meta does not accept how the template's header, text or footer is made."
        ),
        "2388293": _lt("The template has too many variables for so short a text."),
        "2388299": _lt(
            "The template's text may neither begin nor end with a variable."
        ),
        "no_sample no_upload": _lt(
            "The sample file of the template's header could not be handed to Meta."
        ),
        # Content
        "131053": _lt(
            "Meta could not fetch the file from this server, or does not take such "
            "files. Ask an administrator whether the server's public address can be "
            "reached from outside."
        ),
        "131051 131052 131008 131009 100 135000": _lt(
            "Meta does not accept this message as it is. Write it differently."
        ),
        "131055 134100 134101 134102": _lt(
            "Meta does not send this template as marketing just now."
        ),
    },
    "contact": {
        "131026": _lt(
            "The message can't be delivered: this number has no WhatsApp, an old "
            "version of it, or has not accepted its terms."
        ),
        "131021": _lt(
            "The contact's number is our own: a number can't write to itself."
        ),
        "131030": _lt(
            "A test number of Meta may only write to the recipients that were listed "
            "for it. Ask an administrator to add this one in the app's API setup."
        ),
        "131062": _lt(
            "WhatsApp needs the person's number for this message, and we know only "
            "their user name. Ask them for it."
        ),
        "130497": _lt(
            "WhatsApp does not let this account write to people in that country."
        ),
        "130472": _lt(
            "WhatsApp has this person in an experiment and does not deliver messages "
            "of businesses to them. Reach them another way."
        ),
        "137000": _lt("This person has a new phone. They have to write to you first."),
    },
    "consent": {
        "131050": _lt("This person has asked WhatsApp for no more marketing of yours."),
    },
    "window": {
        "131047": _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template can be sent."
        ),
    },
    "account": {
        "2388019": _lt(
            "The account has as many templates as Meta allows. Delete some first."
        ),
        "0 190 102 http_401": _lt(
            "Meta does not accept our access token: it has expired or was withdrawn. "
            "An administrator has to enter a new one."
        ),
        f"3 10 131005 {_PERMISSIONS} http_403": _lt(
            "The access token may not do this. An administrator has to give its system "
            "user the WhatsApp account and both WhatsApp permissions."
        ),
        "368 131031": _lt(
            "Meta has restricted or locked the WhatsApp Business account. "
            "An administrator has to look in Meta's Business Manager."
        ),
        "131037": _lt(
            "WhatsApp has not approved the display name of this number. "
            "An administrator has to look in WhatsApp Manager."
        ),
        "131042 134011": _lt(
            "Meta misses a means of payment or the consent to its terms. "
            "An administrator has to look in Meta's Business Manager."
        ),
        "131045 133010": _lt(
            "This number is not registered at WhatsApp. An administrator has to open "
            "it under Numbers and press Register number."
        ),
        "133016": _lt(
            "The number was registered too often. WhatsApp allows it again after 72 "
            "hours."
        ),
        "133005": _lt(
            "This is not the PIN of the number. It was chosen when the number was "
            "registered before; WhatsApp Manager can change it."
        ),
        "131063 131064": _lt(
            "Meta does not let this account send marketing in this way."
        ),
        "33 404 803 http_404": _lt(
            "Meta does not find what this account is configured with. "
            "An administrator has to check its ids."
        ),
    },
}


def words_of(error: Record) -> str:
    """Meta's own words: what it says to people, else to programmers."""
    details = as_text(as_dict(error.get("error_data")).get("details"))
    words = [
        as_text(error.get("error_user_title")),
        as_text(error.get("error_user_msg")),
        as_text(error.get("message")) or as_text(error.get("title")),
        details,
    ]
    return " ".join(dict.fromkeys(filter(None, words)))[:500]


def _read(response: HttpResponse) -> tuple[list[str], str]:
    """The subcode says more where templates are refused: all of that is code 100."""
    error = as_dict(as_dict(response.json()).get("error"))
    codes = [as_text(error.get(name)) for name in ("error_subcode", "code")]
    return codes, words_of(error)


ERRORS = ErrorTable(
    later=LATER,
    unknown=UNKNOWN,
    refused=REFUSED,
    unfamiliar=_lt("Meta refused this for a reason that is not known here."),
    read=_read,
)
