from datetime import timezone

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.translate import get_translation

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    ForbiddenHost,
    NoAnswer,
    NotSent,
)
from odoo.addons.whatsapp_connector.wire.outbound import Check

from ..wire import bird, conversations
from ..wire.account import BIRD, is_file_host

NO_ANSWER = (NotSent, NoAnswer, ForbiddenHost)


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
        checks = [
            self._check(
                self.env._("Access key"),
                lambda: wire.probe_account(client, messagebird),
            )
        ]
        for channel in account.channel_ids:
            checks.append(
                self._check(
                    channel.number,
                    lambda channel=channel: self._describe_channel(
                        channel, wire, messagebird, client
                    ),
                )
            )
        return checks

    @api.model
    def _describe_channel(self, channel, wire, messagebird, client):
        name = wire.probe_channel(client, messagebird, channel.number_id)
        url = channel.account_id._get_webhook_url()
        if wire.find_webhook(client, messagebird, channel.number_id, url):
            found = self.env._("its webhook leads here")
            return True, ", ".join(filter(None, (name, found)))
        return None, self.env._(
            "No webhook of this channel leads here yet. Press Configure webhooks."
        )

    @api.model
    def _check(self, name, ask):
        """One line of *Test connection*.

        :param ask: callable without arguments; returns nothing if all is well, or
            ``ok`` and the words that describe what was found
        """
        try:
            found = ask()
        except ErrorAnswer as error:
            ok = None if error.temporary else False
            return Check(name=name, ok=ok, detail=self._explain(error))
        except NO_ANSWER:
            detail = self.env._("MessageBird could not be reached from this server.")
            return Check(name=name, ok=False, detail=detail)
        ok, detail = found or (True, "")
        return Check(name=name, ok=ok, detail=detail)

    @api.model
    def _configure_webhooks(self, channel, client):
        account = channel.account_id
        wire, messagebird = self._wire(account)
        url = account._get_webhook_url()
        try:
            wire.set_webhook(client, messagebird, channel.number_id, url)
        except ErrorAnswer as error:
            raise UserError(self._explain(error)) from error
        except NO_ANSWER as error:
            raise UserError(
                self.env._("MessageBird could not be reached. Please try again.")
            ) from error

    @api.model
    def _explain(self, error):
        """An error answer in the user's language, with MessageBird's own words."""
        failure = error.failure
        sentence = failure.sentence
        if self.env.lang:
            sentence = get_translation(
                "whatsapp_connector_messagebird", self.env.lang, sentence, ()
            )
        words = " ".join(filter(None, (failure.code, failure.detail)))
        return f"{sentence} ({words})"

    @api.model
    def _credentials(self, account):
        return list(account._get_messagebird_account().secrets)

    @api.model
    def _capabilities(self, account):
        wire, messagebird = self._wire(account)
        return wire.capabilities(messagebird)
