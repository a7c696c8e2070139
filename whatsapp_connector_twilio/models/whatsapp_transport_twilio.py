from datetime import timezone

from odoo import api, models
from odoo.exceptions import UserError

from ..wire import approval, parse, rest, send, signature


class WhatsappTransportTwilio(models.AbstractModel):
    _name = "whatsapp.transport.twilio"
    _inherit = "whatsapp.transport"
    _description = "WhatsApp Transport: Twilio"

    @api.model
    def _default_number_id(self, number):
        return f"{parse.CHANNEL}{number}"

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _verify(self, account, webhook):
        signature.verify(webhook, account._get_twilio_account())

    @api.model
    def _kept_headers(self):
        return ("content-type",)

    @api.model
    def _parse(self, account, webhook):
        return parse.parse(webhook)

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _build_send(self, channel, outbound):
        return send.build(
            outbound,
            channel.account_id._get_twilio_account(),
            channel.twilio_messaging_service_sid or "",
        )

    @api.model
    def _read_send(self, channel, response):
        return send.read(response)

    @api.model
    def _build_media(self, account, media):
        return rest.media_request(account._get_twilio_account(), media)

    @api.model
    def _media_hosts(self, account):
        return rest.is_file_host

    # -- asking Twilio ----------------------------------------------------------------

    @api.model
    def _backfill(self, channel, since, client):
        return rest.list_inbound(
            client,
            channel.account_id._get_twilio_account(),
            channel.number_id,
            since.replace(tzinfo=timezone.utc),
        )

    @api.model
    def _look_up(self, channel, message, client):
        account = channel.account_id._get_twilio_account()
        if message.provider_id:
            return rest.fetch_status(client, account, message.provider_id)
        since = message.claimed_at or message.create_date
        return rest.find_status(
            client,
            account,
            message._build_outbound(),
            since.replace(tzinfo=timezone.utc),
            self._get_known_sids(message),
        )

    @api.model
    def _look_up_sent_at(self, channel, message, client):
        account = channel.account_id._get_twilio_account()
        return rest.fetch_sent_at(client, account, message.provider_id)

    @api.model
    def _get_known_sids(self, message):
        """SIDs of the thread's other messages: none of them is the lost one."""
        others = message.search(
            [("thread_id", "=", message.thread_id.id), ("provider_id", "!=", False)],
            limit=200,
        )
        return others.mapped("provider_id")

    @api.model
    def _build_mark_read(self, channel, provider_id, typing=False):
        account = channel.account_id._get_twilio_account()
        return rest.build_mark_read(account, provider_id)

    # -- templates --------------------------------------------------------------------

    @api.model
    def _submit_template(self, account, template, previous_id, client):
        """A content that was submitted can't be changed: each submission is a new one.

        The former one stays, as people send it until the new one is approved.
        """
        return approval.submit(
            client, account._get_twilio_account(), template, previous_id
        )

    @api.model
    def _list_templates(self, account, client):
        return approval.list_states(client, account._get_twilio_account())

    @api.model
    def _delete_template(self, account, state, client):
        approval.delete(client, account._get_twilio_account(), state.template_id)

    # -- set-up -----------------------------------------------------------------------

    @api.model
    def _check_credentials(self, account, client):
        twilio = account._get_twilio_account()
        checks = [
            self._check(
                self.env._("Account and Auth Token"),
                lambda: self._describe_account(
                    rest.fetch_account(client, twilio.without_api_key())
                ),
            )
        ]
        if twilio.api_key_sid:
            checks.append(
                self._check(
                    self.env._("API key"), lambda: rest.probe_messages(client, twilio)
                )
            )
        return checks

    @api.model
    def _check_channel(self, channel, client):
        """A sender of Twilio's sandbox is on no list, so its absence proves nothing."""
        twilio = channel.account_id._get_twilio_account()
        checks = [
            self._check(
                channel.number,
                lambda: self._describe_sender(
                    channel, rest.find_sender(client, twilio, channel.number_id)
                ),
            )
        ]
        service_sid = channel.twilio_messaging_service_sid
        if service_sid:
            checks.append(
                self._check(
                    self.env._("Messaging Service"),
                    lambda: self._describe_service(
                        channel, rest.fetch_service(client, twilio, service_sid)
                    ),
                )
            )
        return checks

    @api.model
    def _describe_account(self, record):
        return record.get("status") == "active", record.get("friendly_name")

    @api.model
    def _describe_sender(self, channel, sender):
        if not sender:
            return None, self.env._(
                "Not among the WhatsApp senders of this account. That is right for the "
                "number of Twilio's sandbox only."
            )
        if sender.get("status") != "ONLINE":
            return False, self.env._(
                "Twilio says that the sender is %(status)s.",
                status=sender.get("status"),
            )
        if channel.twilio_messaging_service_sid:  # whose addresses count instead
            return True, self.env._("Online.")
        configured = (sender.get("webhook") or {}).get("callback_url") or ""
        if configured.partition("#")[0] != channel.account_id._get_webhook_url():
            return None, self.env._("Online, but its webhook does not lead here.")
        return True, self.env._("Online, its webhook leads here.")

    @api.model
    def _describe_service(self, channel, service):
        name = service.get("friendly_name") or service.get("sid")
        if rest.leads_to(service, channel.account_id._get_webhook_url()):
            return True, self.env._("%(name)s, its webhooks lead here.", name=name)
        return None, self.env._(
            "%(name)s, but its addresses for messages and statuses do not lead here. "
            "Press Configure webhooks.",
            name=name,
        )

    @api.model
    def _set_webhooks(self, channel, client):
        account = channel.account_id
        twilio, url = account._get_twilio_account(), account._get_webhook_url()
        service_sid = channel.twilio_messaging_service_sid
        if service_sid:
            rest.set_service_webhook(client, twilio, service_sid, url)
            return
        sender = rest.find_sender(client, twilio, channel.number_id)
        if not sender:
            raise UserError(
                self.env._(
                    "Twilio has no WhatsApp sender %(number)s in this account. "
                    "The webhook of its sandbox can only be set by hand: copy the "
                    "webhook address into Twilio Console, Messaging, Try it out, "
                    "Send a WhatsApp message, Sandbox settings.",
                    number=channel.number,
                )
            )
        rest.set_sender_webhook(client, twilio, sender["sid"], url)

    @api.model
    def _credentials(self, account):
        return list(account._get_twilio_account().secrets)

    @api.model
    def _capabilities(self, account):
        return send.CAPABILITIES
