from datetime import timezone

from odoo import api, models

from ..wire import bird, conversations
from ..wire.account import BIRD, is_file_host


class WhatsappTransportMessagebird(models.AbstractModel):
    _name = "whatsapp.transport.messagebird"
    _inherit = "whatsapp.transport"
    _description = "WhatsApp Transport: MessageBird"

    @api.model
    def _wire(self, account):
        """The wire code of the account's generation, and the account as it knows it."""
        messagebird = account._get_messagebird_account()
        return bird if messagebird.generation == BIRD else conversations, messagebird

    @api.model
    def _default_number_id(self, number):
        """MessageBird routes by the channel's id, which is copied by hand."""
        return None

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _verify(self, account, webhook):
        wire, messagebird = self._wire(account)
        wire.verify(webhook, messagebird)

    @api.model
    def _parse(self, account, webhook):
        wire, _messagebird = self._wire(account)
        return wire.parse(webhook)

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _build_send(self, channel, outbound):
        wire, messagebird = self._wire(channel.account_id)
        return wire.build(outbound, messagebird)

    @api.model
    def _read_send(self, channel, response):
        wire, _messagebird = self._wire(channel.account_id)
        return wire.read(response)

    @api.model
    def _build_media(self, account, media):
        wire, messagebird = self._wire(account)
        return wire.media_request(messagebird, media)

    @api.model
    def _media_hosts(self, account):
        return is_file_host

    # -- asking MessageBird -----------------------------------------------------------

    @api.model
    def _backfill(self, channel, since, client):
        wire, messagebird = self._wire(channel.account_id)
        since = since.replace(tzinfo=timezone.utc)
        return wire.list_inbound(client, messagebird, channel.number_id, since)

    @api.model
    def _look_up(self, channel, message, client):
        """Each message carries our reference, so nothing has to be guessed."""
        wire, messagebird = self._wire(channel.account_id)
        if message.provider_id:
            return wire.fetch_status(
                client, messagebird, channel.number_id, message.provider_id
            )
        since = message.claimed_at or message.create_date
        return wire.find_status(
            client,
            messagebird,
            message._build_outbound(),
            since.replace(tzinfo=timezone.utc),
        )

    # -- templates --------------------------------------------------------------------

    @api.model
    def _submit_template(self, account, template, previous_id, client):
        wire, messagebird = self._wire(account)
        return wire.submit(client, messagebird, template, previous_id)

    @api.model
    def _list_templates(self, account, client):
        wire, messagebird = self._wire(account)
        return wire.list_states(client, messagebird)

    @api.model
    def _delete_template(self, account, state, client):
        wire, messagebird = self._wire(account)
        wire.delete(client, messagebird, state.template_id)

    # -- set-up -----------------------------------------------------------------------

    @api.model
    def _check_credentials(self, account, client):
        wire, messagebird = self._wire(account)
        name = self.env._("Access key")
        return [self._check(name, lambda: wire.probe_account(client, messagebird))]

    @api.model
    def _check_channel(self, channel, client):
        name = channel.number
        return [self._check(name, lambda: self._describe_channel(channel, client))]

    @api.model
    def _describe_channel(self, channel, client):
        wire, messagebird = self._wire(channel.account_id)
        name = wire.probe_channel(client, messagebird, channel.number_id)
        url = channel.account_id._get_webhook_url()
        if wire.find_webhook(client, messagebird, channel.number_id, url):
            found = self.env._("its webhook leads here")
            return True, ", ".join(filter(None, (name, found)))
        return None, self.env._(
            "No webhook of this channel leads here yet. Press Configure webhooks."
        )

    @api.model
    def _set_webhooks(self, channel, client):
        account = channel.account_id
        wire, messagebird = self._wire(account)
        url = account._get_webhook_url()
        wire.set_webhook(client, messagebird, channel.number_id, url)

    @api.model
    def _credentials(self, account):
        return list(account._get_messagebird_account().secrets)

    @api.model
    def _capabilities(self, account):
        wire, messagebird = self._wire(account)
        return wire.capabilities(messagebird)
