from odoo import api, models

from odoo.addons.whatsapp_connector.tools.phone import canonical_number
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer

from ..wire import approval, parse, rest, send, signature
from ..wire import media as files

#: What Meta calls a number that has to be registered (again).
UNREGISTERED = ("PENDING", "DISCONNECTED")


class WhatsappTransportMeta(models.AbstractModel):
    _name = "whatsapp.transport.meta"
    _inherit = "whatsapp.transport"
    _description = "WhatsApp Transport: Meta"

    @api.model
    def _default_number_id(self, number):
        """Meta gives every number an id of its own."""
        return None

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _handshake(self, account, webhook):
        return signature.shake_hands(webhook, account._get_meta_account())

    @api.model
    def _verify(self, account, webhook):
        signature.verify(webhook, account._get_meta_account())

    @api.model
    def _parse(self, account, webhook):
        return parse.parse(webhook, account._get_meta_account())

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _build_send(self, channel, outbound):
        return send.build(outbound, channel.account_id._get_meta_account())

    @api.model
    def _read_send(self, channel, response):
        return send.read(response)

    @api.model
    def _build_media(self, account, media):
        return files.build(account._get_meta_account(), media)

    @api.model
    def _media_hosts(self, account):
        return files.is_file_host

    # -- people -----------------------------------------------------------------------

    @api.model
    def _build_mark_read(self, channel, provider_id, typing=False):
        account = channel.account_id._get_meta_account()
        return rest.build_mark_read(account, channel.number_id, provider_id, typing)

    @api.model
    def _block(self, channel, person, blocked, client):
        account = channel.account_id._get_meta_account()
        rest.set_blocked(client, account, channel.number_id, person, blocked)

    # -- templates --------------------------------------------------------------------

    @api.model
    def _submit_template(self, account, template, previous_id, client):
        meta = account._get_meta_account()
        return approval.submit(client, meta, template, previous_id)

    @api.model
    def _list_templates(self, account, client):
        return approval.list_states(client, account._get_meta_account())

    @api.model
    def _delete_template(self, account, state, client):
        approval.delete(client, account._get_meta_account(), state)

    # -- set-up -----------------------------------------------------------------------

    @api.model
    def _check_credentials(self, account, client):
        meta, url = account._get_meta_account(), account._get_webhook_url()
        return [
            self._check(
                self.env._("App and app secret"),
                lambda: self._describe_app(client, meta),
            ),
            self._check(
                self.env._("Access token and WhatsApp account"),
                lambda: rest.fetch_waba(client, meta).get("name"),
            ),
            self._check(
                self.env._("Webhook"),
                lambda: self._describe_callback(rest.find_callback(client, meta), url),
            ),
        ]

    @api.model
    def _check_channel(self, channel, client):
        meta = channel.account_id._get_meta_account()
        return [
            self._check(
                channel.number,
                lambda: self._describe_number(
                    channel, rest.fetch_number(client, meta, channel.number_id)
                ),
            )
        ]

    @api.model
    def _describe_app(self, client, meta):
        """Id and secret are the app's token: Meta's refusal speaks of a token, too."""
        try:
            return rest.fetch_app(client, meta).get("name")
        except ErrorAnswer as error:
            if error.temporary:
                raise
            return False, self.env._(
                "Meta does not accept this App ID with this App Secret: copy both "
                "from App settings, Basic. (%(words)s)",
                words=error,
            )

    @api.model
    def _describe_callback(self, callback, url):
        if callback == url:
            return True, self.env._("Meta calls this Odoo.")
        return None, self.env._("Meta does not call this Odoo yet: configure webhooks.")

    @api.model
    def _describe_number(self, channel, record):
        """The id and the number are copied by hand: they may be two numbers'."""
        shown = record.get("display_phone_number")
        if canonical_number(shown) != canonical_number(channel.number):
            return False, self.env._(
                "Its Phone number ID is that of %(number)s.", number=shown
            )
        status = record.get("status") or "CONNECTED"
        if status == "UNVERIFIED":
            return False, self.env._(
                "Meta has not verified it yet: enter the code that Meta sends to it "
                "in its console, then press Register number in Odoo."
            )
        if status in UNREGISTERED:
            return False, self.env._(
                "It is not registered at WhatsApp (%(status)s) and can't send yet: "
                "open the number in Odoo and press Register number.",
                status=status,
            )
        if status != "CONNECTED":
            return None, self.env._("WhatsApp says of it: %(status)s", status=status)
        return True, record.get("verified_name")

    @api.model
    def _register_number(self, channel, pin, client):
        """Have a number work by the Cloud API.

        :param pin: six digits, of the number's two-step verification
        :raises odoo.exceptions.UserError: it can't be done, and why
        """
        account = channel.account_id._get_meta_account()
        with self._telling_people():
            rest.register(client, account, channel.number_id, pin)

    @api.model
    def _set_webhooks(self, channel, client):
        account = channel.account_id
        rest.subscribe(client, account._get_meta_account(), account._get_webhook_url())

    @api.model
    def _credentials(self, account):
        return list(account._get_meta_account().secrets)

    @api.model
    def _capabilities(self, account):
        return send.CAPABILITIES
