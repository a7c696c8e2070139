from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools.translate import get_translation

from ..wire.http import ErrorAnswer, ForbiddenHost, NoAnswer, NotSent
from ..wire.outbound import Capabilities, Check
from ..wire.webhook import InvalidSignature

#: What is raised where a provider doesn't answer a question.
NO_ANSWER = (NotSent, NoAnswer, ForbiddenHost)


class WhatsappTransport(models.AbstractModel):
    """What the base asks of a provider's addon.

    A provider addon adds ``whatsapp.transport.<provider>``, inherits this model and
    answers by delegating to its own ``wire/``. It writes no record and holds no
    business rule. Every hook gets the account (with sudo) or one of its channels.
    Hooks that ask the provider get a client, and let through what it raises:
    :class:`~..wire.http.ErrorAnswer` and :data:`NO_ANSWER`.
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

    @api.model
    def _look_up_sent_at(self, channel, message, client):
        """When the contact sent a message whose webhook bore no time.

        :param message: a ``whatsapp.message`` record
        :return: aware UTC, or None if the provider can't tell
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

    # -- set-up -----------------------------------------------------------------------

    @api.model
    def _check_credentials(self, account, client):
        """Check the account against the provider, one line (:meth:`_check`) a check.

        :return: list of :class:`~..wire.outbound.Check`
        """
        return []

    @api.model
    def _check_channel(self, channel, client):
        """Check one of the account's numbers.

        :return: list of :class:`~..wire.outbound.Check`
        """
        return []

    @api.model
    def _check(self, name, ask):
        """One line of *Test connection*.

        :param ask: callable without arguments, which asks the provider; returns the
            words that describe what was found, or ``ok`` (see
            :class:`~..wire.outbound.Check`) and the words
        """
        try:
            found = ask()
        except ErrorAnswer as error:
            if error.temporary:
                detail = self.env._(
                    "%(provider)s can't answer now (%(status)s). Please try again in "
                    "some minutes.",
                    provider=self._get_label(),
                    status=error.status,
                )
                return Check(name=name, ok=None, detail=detail, unanswered=True)
            return Check(name=name, ok=False, detail=self._explain(error))
        except NO_ANSWER:
            detail = self.env._(
                "%(provider)s could not be reached from this server.",
                provider=self._get_label(),
            )
            return Check(name=name, ok=False, detail=detail)
        ok, detail = found if isinstance(found, tuple) else (True, found)
        return Check(name=name, ok=ok, detail=detail if isinstance(detail, str) else "")

    @api.model
    def _configure_webhooks(self, channel, client):
        """Have the provider call us (:meth:`_set_webhooks`).

        :raises odoo.exceptions.UserError: it can't be done, and why
        """
        with self._telling_people():
            self._set_webhooks(channel, client)

    @contextmanager
    def _telling_people(self):
        """What the provider refuses, or that it can't be reached, as a UserError."""
        try:
            yield
        except ErrorAnswer as error:
            raise UserError(self._explain(error)) from error
        except NO_ANSWER as error:
            raise UserError(
                self.env._(
                    "%(provider)s could not be reached. Please try again.",
                    provider=self._get_label(),
                )
            ) from error

    @api.model
    def _set_webhooks(self, channel, client):
        """Tell the provider our webhook address, where it has an API for that.

        :raises odoo.exceptions.UserError: it has to be done by hand, and how
        """
        raise NotImplementedError

    @api.model
    def _explain(self, error):
        """An error answer in the user's language, with the provider's own words."""
        failure = error.failure
        words = " ".join(filter(None, (failure.code, failure.detail)))
        return f"{self._translate(failure.sentence)} ({words})"

    @api.model
    def _translate(self, sentence):
        """A sentence of wire code, which knows nobody's language, in the user's.

        The provider's addon translates its own, this one the others. Scheduled actions
        have no language: what they write is in English.
        """
        lang = self.env.lang
        for module in (self._original_module, "whatsapp_connector") if lang else ():
            translated = get_translation(module, lang, sentence, ())
            if translated != sentence:
                return translated
        return sentence

    @api.model
    def _get_label(self):
        """What people call the provider."""
        selection = self.env["whatsapp.account"]._fields["provider"]
        labels = dict(selection._description_selection(self.env))
        return labels.get(self._name.rpartition(".")[2], self.env._("The provider"))

    # -- people -----------------------------------------------------------------------

    @api.model
    def _block(self, channel, person, blocked, client):
        """Block or unblock a person at the provider, where it can."""

    @api.model
    def _build_mark_read(self, channel, provider_id, typing=False):
        """The request that shows the contact that their message was read.

        :param provider_id: of the contact's message
        :param typing: also that an answer is being written, where the provider can
        :return: a :class:`~..wire.http.HttpRequest`, or None where it can't be told
        """
        return None

    # -- the account ------------------------------------------------------------------

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
