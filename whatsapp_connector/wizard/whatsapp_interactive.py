import re

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..wire.items import Location
from ..wire.text import to_html

#: ``41.3874, 2.1686``, or the address of a map that has them in it.
_COORDINATES = re.compile(r"(-?\d{1,2}\.\d+)\s*[,/ ]\s*(-?\d{1,3}\.\d+)")


class WhatsappInteractive(models.TransientModel):
    """Compose what the chat's text box can't: buttons, a list, a place."""

    _name = "whatsapp.interactive"
    _description = "WhatsApp Interactive Message"

    thread_id = fields.Many2one("discuss.channel", required=True, ondelete="cascade")
    allowed_kinds = fields.Json(compute="_compute_allowed_kinds")
    kind = fields.Selection(
        [
            ("buttons", "Quick-reply buttons"),
            ("list", "List to pick from"),
            ("location", "Location"),
        ],
        string="What to send",
        required=True,
        compute="_compute_kind",
        store=True,
        readonly=False,
    )
    body = fields.Text(string="Message")
    choice_ids = fields.One2many(
        "whatsapp.interactive.choice",
        "interactive_id",
        string="Choices",
        default=lambda self: [Command.create({}), Command.create({})],
    )
    choice_limit = fields.Integer(compute="_compute_choice_limit")
    list_label = fields.Char(
        string="Label of the list",
        size=20,
        default=lambda self: self.env._("Choose"),
        help="What stands on the button that opens the list.",
    )
    place = fields.Char(string="Name of the place")
    address = fields.Char()
    has_place_names = fields.Boolean(compute="_compute_has_place_names")
    coordinates = fields.Char(
        help="Latitude and longitude, as in 41.3874, 2.1686. In most maps: right-click "
        "the place and copy them, or paste the map's address here.",
    )

    @api.depends("thread_id")
    def _compute_allowed_kinds(self):
        for wizard in self:
            wizard.allowed_kinds = wizard._get_allowed_kinds()

    def _get_allowed_kinds(self):
        channel = self.thread_id.whatsapp_channel_id
        if not channel:
            return []
        capabilities = channel._get_capabilities()
        possible = {
            "buttons": capabilities.buttons,
            "list": capabilities.list_rows,
            "location": capabilities.location,
        }
        return [kind for kind, can in possible.items() if can]

    @api.depends("allowed_kinds")
    def _compute_kind(self):
        for wizard in self:
            allowed = wizard._get_allowed_kinds()
            if wizard.kind not in allowed:
                wizard.kind = allowed[0] if allowed else False

    @api.depends("thread_id")
    def _compute_has_place_names(self):
        for wizard in self:
            channel = wizard.thread_id.whatsapp_channel_id
            wizard.has_place_names = (
                channel and channel._get_capabilities().location_names
            )

    @api.depends("thread_id", "kind")
    def _compute_choice_limit(self):
        for wizard in self:
            channel = wizard.thread_id.whatsapp_channel_id
            capabilities = channel and channel._get_capabilities()
            wizard.choice_limit = capabilities and {
                "buttons": capabilities.buttons,
                "list": capabilities.list_rows,
            }.get(wizard.kind)

    def action_send(self):
        """Put it into the chat, and on its way, like anything written there."""
        self.ensure_one()
        if self.kind not in self._get_allowed_kinds():
            raise UserError(self.env._("This chat can't carry that."))
        content = self._prepare_content()
        self.thread_id._whatsapp_post([content], body=self._render(content))
        return {"type": "ir.actions.act_window_close"}

    def _prepare_content(self):
        """Values of the ``whatsapp.message`` to be."""
        if self.kind == "location":
            return self._prepare_location()
        content = {
            "kind": self.kind,
            "body": (self.body or "").strip(),
            "choices": [
                choice._prepare_choice(number)
                for number, choice in enumerate(self._get_choices(), start=1)
            ],
        }
        if self.kind == "list":
            content["list_label"] = (self.list_label or "").strip()
        return content

    def _get_choices(self):
        return self.choice_ids.filtered(lambda choice: (choice.title or "").strip())

    def _prepare_location(self):
        found = _COORDINATES.search(self.coordinates or "")
        if not found:
            raise UserError(
                self.env._(
                    "Please give the place's latitude and longitude, such as "
                    "41.3874, 2.1686."
                )
            )
        return {
            "kind": "location",
            "latitude": float(found[1]),
            "longitude": float(found[2]),
            "place": self.place,
            "body": self.address,
        }

    def _render(self, content):
        """The body of the message in the chat."""
        if self.kind != "location":
            return Markup(to_html(content["body"]))
        return self.env["whatsapp.message"]._render_place(
            Location(
                latitude=content["latitude"],
                longitude=content["longitude"],
                name=self.place or None,
                address=self.address or None,
            )
        )


class WhatsappInteractiveChoice(models.TransientModel):
    """A button, or a row of the list."""

    _name = "whatsapp.interactive.choice"
    _description = "WhatsApp Interactive Choice"
    _order = "sequence, id"
    _rec_name = "title"

    interactive_id = fields.Many2one(
        "whatsapp.interactive", required=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    title = fields.Char(size=24)
    description = fields.Char(size=72)

    def _prepare_choice(self, number):
        self.ensure_one()
        choice = {"title": self.title.strip(), "payload": f"choice-{number}"}
        if self.interactive_id.kind == "list" and self.description:
            choice["description"] = self.description.strip()
        return choice
