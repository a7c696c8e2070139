import logging
from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.whatsapp_connector.models.whatsapp_transport import NO_ANSWER
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.outbound import Check

from ..wire import manager, parse, rest, send, signature

_logger = logging.getLogger(__name__)


class WhatsappTransportVonage(models.AbstractModel):
    _name = "whatsapp.transport.vonage"
    _inherit = "whatsapp.transport"
    _description = "WhatsApp Transport: Vonage"

    @api.model
    def _default_number_id(self, number):
        return number.removeprefix("+")

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _verify(self, account, webhook):
        signature.verify(webhook, account._get_vonage_account())

    @api.model
    def _parse(self, account, webhook):
        return parse.parse(webhook)

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _build_send(self, channel, outbound):
        return send.build(outbound, channel.account_id._get_vonage_account())

    @api.model
    def _read_send(self, channel, response):
        return send.read(response)

    @api.model
    def _build_media(self, account, media):
        return rest.media_request(account._get_vonage_account(), media)

    @api.model
    def _media_hosts(self, account):
        return rest.is_file_host

    @api.model
    def _build_mark_read(self, channel, provider_id, typing=False):
        account = channel.account_id._get_vonage_account()
        return rest.build_mark_read(account, provider_id, typing)

    # -- templates --------------------------------------------------------------------

    @api.model
    def _submit_template(self, account, template, previous_id, client):
        """What was rejected is mended in its place; a new version has a new name.

        The former version stays, as people send it until the new one is approved.
        """
        return manager.submit(
            client, account._get_vonage_account(), template, previous_id
        )

    @api.model
    def _list_templates(self, account, client):
        return manager.list_states(client, account._get_vonage_account())

    @api.model
    def _delete_template(self, account, state, client):
        manager.delete(client, account._get_vonage_account(), state)

    # -- set-up -----------------------------------------------------------------------

    @api.model
    def _check_credentials(self, account, client):
        vonage = account._get_vonage_account()
        found = {}

        def ask():
            found.update(rest.fetch_application(client, vonage))
            return found.get("name")

        checks = [self._check(self.env._("API key, secret and application"), ask)]
        if found:
            checks.append(self._check_private_key(found, vonage))
            checks.append(self._check_webhooks(found, account))
        if vonage.waba_id:
            checks.append(
                self._check(
                    self.env._("Templates"),
                    lambda: manager.probe(client, vonage) and None,
                )
            )
        return checks

    @api.model
    def _check_private_key(self, application, vonage):
        name = self.env._("Private key")
        if rest.has_public_key(application, vonage):
            return Check(name=name, ok=True)
        detail = self.env._(
            "It is not the key of this application. Generate a new pair in Vonage's "
            "dashboard, save the application there, and paste the private key here."
        )
        return Check(name=name, ok=False, detail=detail)

    @api.model
    def _check_webhooks(self, application, account):
        """The sandbox has addresses of its own, so this can't be the last word."""
        name = self.env._("Webhooks")
        urls = set(rest.get_webhook_urls(application).values())
        if urls == {account._get_webhook_url()}:
            return Check(name=name, ok=True, detail=self.env._("They lead here."))
        detail = self.env._(
            "The application's addresses for messages and statuses do not lead here."
        )
        return Check(name=name, ok=None, detail=detail)

    @api.model
    def _check_channel(self, channel, client):
        return [
            self._check(channel.number, lambda: self._describe_number(channel, client))
        ]

    @api.model
    def _describe_number(self, channel, client):
        """Vonage tells of a number only what its WABA has, not what it is linked to."""
        vonage = channel.account_id._get_vonage_account()
        if vonage.region == "sandbox":
            return None, self.env._(
                "The number of the sandbox: Vonage can't be asked about it."
            )
        if not vonage.waba_id:
            return None, self.env._(
                "It couldn't be told whether Vonage has this number: that takes the "
                "WABA ID."
            )
        if rest.has_number(client, vonage, channel.number_id):
            return True, self.env._("A number of this WhatsApp Business Account.")
        return False, self.env._(
            "Vonage has no such number in this WhatsApp Business Account. Compare the "
            "number and the WABA ID with Vonage's dashboard, External accounts."
        )

    @api.model
    def _set_webhooks(self, channel, client):
        account = channel.account_id
        vonage, url = account._get_vonage_account(), account._get_webhook_url()
        if vonage.region == "sandbox":
            raise UserError(
                self.env._(
                    "The webhooks of the sandbox can only be set by hand: copy the "
                    "webhook address into Vonage's dashboard, Messages API Sandbox, "
                    "Webhooks, for inbound and for status."
                )
            )
        rest.set_webhooks(client, vonage, url)
        if vonage.waba_id:
            self._subscribe(account, url, client)

    @api.model
    def _subscribe(self, account, url, client):
        """Not every account may; without it Vonage is asked for the decisions."""
        try:
            vonage = account._get_vonage_account()
            rest.subscribe(client, vonage, url, account._is_former_webhook)
        except (ErrorAnswer, *NO_ANSWER) as error:
            _logger.info("Vonage posts no news about templates: %s", error)

    @api.model
    def _credentials(self, account):
        return list(account._get_vonage_account().secrets)

    @api.model
    def _capabilities(self, account):
        """Templates belong to a WABA; the sandbox has none of one's own."""
        if account.vonage_waba_id and account.vonage_region != "sandbox":
            return send.CAPABILITIES
        return replace(send.CAPABILITIES, templates=False)
