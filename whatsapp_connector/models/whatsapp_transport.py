from odoo import api, models

from ..wire.outbound import Capabilities
from ..wire.webhook import InvalidSignature


class WhatsappTransport(models.AbstractModel):
    """What the base asks of a provider's addon.

    A provider addon adds ``whatsapp.transport.<provider>``, inherits this model and
    answers by delegating to its own ``wire/``. It writes no record and holds no
    business rule. Every hook gets the account (with sudo) or one of its channels.
    """

    _name = "whatsapp.transport"
    _description = "WhatsApp Transport"

    @api.model
    def _default_number_id(self, number):
        """How the provider names our own E.164 ``number`` in its webhooks.

        None where it gives every number an id of its own, to be copied by hand.
        """
        return number

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _verify(self, account, webhook):
        """Prove that ``webhook`` comes from the provider, or raise.

        Fails closed: without a configured secret nothing is accepted. Compares in
        constant time.

        :param webhook: a :class:`~..wire.webhook.WebhookRequest`
        :raises InvalidSignature: missing or wrong signature, no secret; ``temporary``
            where the provider gives an event up after a refusal and this one may yet
            be proved
        """
        raise InvalidSignature("this account has no provider")

    @api.model
    def _handshake(self, account, webhook):
        """Answer a verification request of the provider.

        :return: a :class:`~..wire.webhook.WebhookReply`, or None if it isn't one
        """
        return None

    @api.model
    def _reply(self, account, webhook):
        """The answer to an accepted event, where an empty 200 isn't wanted."""
        return None

    @api.model
    def _kept_headers(self):
        """Lower-case names of the headers that :meth:`_parse` needs to see again."""
        return ()

    @api.model
    def _event_key(self, account, webhook):
        """What makes two POSTs the same event; None: the base hashes URL and body."""
        return None

    @api.model
    def _parse(self, account, webhook):
        """Turn a stored webhook into items, all of them, in order.

        :return: list of :data:`~..wire.items.Item`
        :raises MalformedEvent: it isn't what the provider documents
        """
        return []

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _build_send(self, channel, outbound):
        """Build the request that sends ``outbound``; reads records, sends nothing.

        :param outbound: a :class:`~..wire.outbound.OutboundMessage`
        :return: a :class:`~..wire.http.HttpRequest`, or a
            :class:`~..wire.outbound.Refused` if it can't be sent
        """
        raise NotImplementedError

    @api.model
    def _read_send(self, channel, response):
        """Read the provider's answer to a send; 429 and 5xx never get here.

        :param response: a :class:`~..wire.http.HttpResponse`
        :return: one of :data:`~..wire.outbound.SendResult`
        """
        raise NotImplementedError

    @api.model
    def _build_media(self, account, media):
        """The request that downloads a file which an inbound message announced.

        It runs outside any transaction, through ``HttpClient.fetch``, which hands no
        credentials on to where it is redirected.

        :param media: a :class:`~..wire.items.Media`
        :return: a :class:`~..wire.http.HttpRequest`, or None if nothing can be fetched
        """
        return None

    @api.model
    def _media_hosts(self, account):
        """Which hosts files may come from, redirects included.

        :return: callable ``host → bool``
        """
        return lambda host: False

    # -- asking the provider ----------------------------------------------------------

    @api.model
    def _backfill(self, channel, since, client):
        """What was sent to us since ``since`` (naive UTC), where it can be asked.

        :return: list of :data:`~..wire.items.Item`
        """
        return []

    @api.model
    def _look_up(self, channel, message, client):
        """What became of one message whose outcome we don't know.

        :param message: a ``whatsapp.message`` record
        :return: a :class:`~..wire.items.StatusUpdate`, or None if nobody can tell
        """
        return None

    # -- templates --------------------------------------------------------------------

    @api.model
    def _submit_template(self, account, template, previous_id, client):
        """Hand one language of a template in for WhatsApp's review.

        May be called again after a lost answer: it must then find what it created.

        :param template: a :class:`~..wire.template.Template`
        :param previous_id: the provider's id of what was submitted before for this
            language, to be changed where the provider can; None the first time
        :return: a :class:`~..wire.template.TemplateState`
        :raises ErrorAnswer: refused, with the provider's reason
        """
        raise NotImplementedError

    @api.model
    def _list_templates(self, account, client):
        """All templates of the account, all languages, all pages.

        :return: list of :class:`~..wire.template.TemplateState`
        """
        return []

    @api.model
    def _delete_template(self, account, state, client):
        """Delete one language of a template at the provider.

        :param state: its :class:`~..wire.template.TemplateState`
        """
        raise NotImplementedError

    @api.model
    def _check_credentials(self, account, client):
        """Check the account against the provider, one line a check.

        :return: list of :class:`~..wire.outbound.Check`
        """
        return []

    @api.model
    def _configure_webhooks(self, channel, client):
        """Tell the provider our webhook address, where it has an API for that.

        :raises odoo.exceptions.UserError: refused, with what to do by hand
        """
        raise NotImplementedError

    @api.model
    def _block(self, channel, person, blocked, client):
        """Block or unblock a person at the provider, where it can."""

    @api.model
    def _mark_read(self, channel, provider_id, client):
        """Tell the contact that their message was read, where the provider can."""

    @api.model
    def _credentials(self, account):
        """The values of the account's secrets: they are masked wherever text is kept.

        :return: list of non-empty strings
        """
        return []

    @api.model
    def _capabilities(self, account):
        """What can be done through this account.

        :return: a :class:`~..wire.outbound.Capabilities`
        """
        return Capabilities()
