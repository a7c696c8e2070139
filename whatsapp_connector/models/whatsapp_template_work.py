import logging
import time

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.transport_client import get_client
from ..tools.work import backoff, rerun_on_conflict, wake_at
from ..wire.http import ErrorAnswer, NoAnswer, NotSent
from ..wire.template import TemplateState
from .whatsapp_template_language import get_language

_logger = logging.getLogger(__name__)

LEASE_SECONDS = 120
BUDGET_SECONDS = 20
MAX_ATTEMPTS = 10
#: How often the providers are asked: often in the first ``FRESH_MINUTES`` after a
#: submission, then less while it is in review, else at leisure.
FRESH_MINUTES = 15
FRESH_PAUSE_MINUTES = 1
PENDING_PAUSE_MINUTES = 5
PAUSE_MINUTES = 60


class WhatsappTemplateWork(models.AbstractModel):
    """The step that takes templates to the providers, and their approval back.

    One at a time: a lease is committed before each call, so that a worker that dies
    leaves it to the next, and the provider's answer is written afterwards.
    """

    _name = "whatsapp.template.work"
    _description = "WhatsApp Template Work"

    @api.model
    def _wake(self, at=None):
        wake_at(self.env.ref("whatsapp_connector.ir_cron_template").sudo(), at)

    @api.model
    def _cron_run(self):
        """Submit what is ready, delete what is to go, ask the accounts that are due."""
        deadline = time.monotonic() + BUDGET_SECONDS
        done = 0
        while time.monotonic() < deadline and (variant := self._claim()):
            self._submit(variant)
            done += 1
        while time.monotonic() < deadline and (variant := self._claim_deletion()):
            self._delete(variant)
            done += 1
        for account in self._get_due_accounts():
            if time.monotonic() > deadline:
                break
            self._sync(account)
            done += 1
        if due_at := self._get_next_due():
            self._wake(due_at)
        self.env["ir.cron"]._commit_progress(done, remaining=0)

    # -- submitting -------------------------------------------------------------------

    @api.model
    def _claim(self):
        """Lease the next variant to be submitted; an empty one if there is none."""
        return self._lease(
            SQL(
                "(state = 'ready' OR state = 'submitted' AND lease_until < %s)",
                Datetime.now(),
            ),
            lambda variant: {
                "state": "submitted",
                "submitted_at": Datetime.now(),
                "submitted_url": variant.account_id._get_base_url(),
            },
        )

    @api.model
    def _lease(self, is_due, get_vals):
        """Lease the next variant that is due, and write what ``get_vals`` gives.

        :param is_due: condition in SQL, besides the pause after a failure
        """

        def claim():
            now = Datetime.now()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM whatsapp_template_variant
                     WHERE %(is_due)s
                       AND COALESCE(next_try_at <= %(now)s, TRUE)
                     ORDER BY id LIMIT 1
                       FOR NO KEY UPDATE SKIP LOCKED
                    """,
                    is_due=is_due,
                    now=now,
                )
            )
            variant = self.env["whatsapp.template.variant"].browse(
                [row[0] for row in rows]
            )
            variant.invalidate_recordset()
            if variant:
                variant.write(
                    {
                        "lease_until": Datetime.add(now, seconds=LEASE_SECONDS),
                        "attempts": variant.attempts + 1,
                        **get_vals(variant),
                    }
                )
            return variant

        return rerun_on_conflict(self.env, claim)

    @api.model
    def _submit(self, variant):
        account, transport = variant.account_id, variant.account_id._transport()
        template = variant._build_template()
        previous = variant if variant.provider_id else variant.predecessor_id
        previous_id = previous.provider_id or None
        try:
            state = transport._submit_template(
                account, template, previous_id, get_client()
            )
        except ErrorAnswer as error:
            self._note_failure(variant, error.reason, again=error.temporary)
        except (NotSent, NoAnswer) as error:
            self._note_failure(variant, str(error), again=True)
        except Exception as error:
            _logger.exception("Template %s could not be submitted", variant.id)
            self._note_failure(variant, str(error) or type(error).__name__, again=False)
        else:
            rerun_on_conflict(self.env, lambda: self._note_submitted(variant, state))

    @api.model
    def _note_submitted(self, variant, state):
        """Take the answer over, and ask soon what the reviewers say."""
        variant._tell({variant: variant._apply_state(state)})
        account = variant.account_id
        soon = Datetime.add(Datetime.now(), minutes=self._get_pause(account))
        if account.templates_due_at and account.templates_due_at > soon:
            account.templates_due_at = soon

    @api.model
    def _note_failure(self, variant, reason, *, again):
        """Try later, or give it back to the author with the reason."""

        def note():
            text = variant.account_id._mask(reason)[:500]
            if again and variant.attempts < MAX_ATTEMPTS:
                pause = backoff(variant.attempts, base=15)
                variant.write(
                    {
                        "state": "ready",
                        "lease_until": False,
                        "reason": text,
                        "next_try_at": Datetime.add(Datetime.now(), seconds=pause),
                    }
                )
                return
            refused = TemplateState(
                template_id=variant.provider_id or "",
                name=variant.provider_name or "",
                language=variant.language,
                status="rejected",
                reason=text,
            )
            variant._tell({variant: variant._apply_state(refused)})

        rerun_on_conflict(self.env, note)

    # -- deleting ---------------------------------------------------------------------

    @api.model
    def _claim_deletion(self):
        """Lease the next variant to be deleted; an empty one if there is none."""
        return self._lease(
            SQL(
                "is_deleting AND COALESCE(lease_until <= %s, TRUE)",
                Datetime.now(),
            ),
            lambda variant: {},
        )

    @api.model
    def _delete(self, variant):
        account = variant.account_id
        state = TemplateState(
            template_id=variant.provider_id,
            name=variant.provider_name or "",
            language=variant.language,
            status=variant.state,
        )
        try:
            account._transport()._delete_template(account, state, get_client())
        except ErrorAnswer as error:
            self._note_undeleted(variant, error.reason, again=error.temporary)
        except (NotSent, NoAnswer) as error:
            self._note_undeleted(variant, str(error), again=True)
        except Exception as error:
            _logger.exception("Template %s could not be deleted", variant.id)
            self._note_undeleted(variant, str(error), again=False)
        else:
            rerun_on_conflict(self.env, variant._note_deleted)

    @api.model
    def _note_undeleted(self, variant, reason, *, again):
        """Try later, or tell the managers why it stays."""

        def note():
            if again and variant.attempts < MAX_ATTEMPTS:
                pause = backoff(variant.attempts, base=15)
                next_try_at = Datetime.add(Datetime.now(), seconds=pause)
                variant.write({"lease_until": False, "next_try_at": next_try_at})
            else:
                variant._note_not_deleted(variant.account_id._mask(reason)[:500])

        rerun_on_conflict(self.env, note)

    # -- synchronising ----------------------------------------------------------------

    @api.model
    def _get_due_accounts(self):
        """Accounts whose templates are to be asked for now."""
        now = Datetime.now()
        accounts = self.env["whatsapp.account"].search(
            ["|", ("templates_due_at", "=", False), ("templates_due_at", "<=", now)]
        )
        return accounts.filtered(lambda a: a._get_capabilities().templates)

    @api.model
    def _get_next_due(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(at) FROM (
                    SELECT min(templates_due_at) AS at FROM whatsapp_account
                     WHERE active AND provider != 'none'
                    UNION ALL
                    SELECT min(COALESCE(next_try_at, lease_until))
                      FROM whatsapp_template_variant
                     WHERE state IN ('ready', 'submitted') OR is_deleting
                ) due
                """
            )
        )
        return rows[0][0]

    @api.model
    def _sync(self, account):
        """Ask one account for all its templates and take over what it says."""

        def plan():
            account.templates_due_at = Datetime.add(
                Datetime.now(), minutes=self._get_pause(account)
            )

        rerun_on_conflict(self.env, plan)
        try:
            states = account._transport()._list_templates(account, get_client())
        except (ErrorAnswer, NotSent, NoAnswer) as error:
            _logger.info("Templates of account %s: no answer: %s", account.id, error)
            return
        except Exception:
            _logger.exception("Templates of account %s could not be read", account.id)
            return
        rerun_on_conflict(self.env, lambda: self._apply_list(account, states))

    @api.model
    def _get_pause(self, account):
        """Minutes until the account is asked again."""
        [[count, latest]] = self.env["whatsapp.template.variant"]._read_group(
            [("account_id", "=", account.id), ("state", "=", "pending")],
            aggregates=["__count", "submitted_at:max"],
        )
        if not count:
            return PAUSE_MINUTES
        fresh_until = latest and Datetime.add(latest, minutes=FRESH_MINUTES)
        is_fresh = fresh_until and fresh_until > Datetime.now()
        return FRESH_PAUSE_MINUTES if is_fresh else PENDING_PAUSE_MINUTES

    @api.model
    def _apply_list(self, account, states):
        """The provider's list is right about approval, never about local drafts."""
        variants = self.env["whatsapp.template.variant"].with_context(active_test=False)
        known = {
            variant.provider_id: variant
            for variant in variants.search(
                [("account_id", "=", account.id), ("provider_id", "!=", False)]
            )
        }
        news = {}
        # A list that grows while its pages are asked for may name one twice.
        for state in {state.template_id: state for state in states}.values():
            if variant := known.pop(state.template_id, None):
                if variant.state != "deleted":  # lists lag behind a deletion
                    news[variant] = variant._apply_state(state)
            else:
                self._import(account, state)
        for variant in known.values():
            if variant.active and variant._is_at_provider():
                news[variant] = variant._mark_missing()
        variants._tell(news)
        account.templates_synced_at = Datetime.now()

    @api.model
    def _import(self, account, state):
        """A template that somebody made in the provider's console."""
        if state.status in ("draft", "deleted") or not state.content:
            return
        language = get_language(state.language)
        if self._is_being_submitted(account, state.name, language):
            return  # its answer is on its way
        if not language:
            _logger.info("Template %s: unknown language %s", state.name, state.language)
            return
        templates = self.env["whatsapp.template"].with_context(active_test=False)
        template = templates.search(
            [
                ("account_id", "=", account.id),
                ("technical_name", "=", state.name),
            ],
            limit=1,
        ) or templates.create(
            {
                "name": state.name.replace("_", " ").capitalize(),
                "technical_name": state.name,
                "account_id": account.id,
                "category": state.category or state.content.category or "utility",
                "is_imported": True,
                "user_id": False,
            }
        )
        same = template.variant_ids.filtered(lambda v: v.language == language)
        variant = self.env["whatsapp.template.variant"].create(
            {
                **self._prepare_content_vals(state.content),
                "template_id": template.id,
                "language": language,
                "version": max(same.mapped("version"), default=0) + 1,
            }
        )
        keys = {(v.place, v.name): v for v in state.content.variables}
        for variable in variant.variable_ids:
            given = keys.get((variable.place, variable.name))
            if given:
                variable.write({"sample": given.sample, "provider_key": given.key})
        variant.write(variant._prepare_state_vals(state) | {"is_enabled": False})

    @api.model
    def _is_being_submitted(self, account, name, language):
        variants = self.env["whatsapp.template.variant"].search(
            [
                ("account_id", "=", account.id),
                ("language", "=", language),
                ("state", "in", ("ready", "submitted")),
            ]
        )
        return any(
            name.startswith(variant.template_id.technical_name) for variant in variants
        )

    @api.model
    def _prepare_content_vals(self, content):
        location = content.header_location
        return {
            "header": content.header,
            "header_text": content.header_text,
            "header_latitude": location.latitude if location else 0,
            "header_longitude": location.longitude if location else 0,
            "header_place": location.name if location else False,
            "body": content.body,
            "footer": content.footer,
            "code_minutes": content.code_minutes,
            "security_advice": content.security_advice,
            "button_ids": [
                (
                    0,
                    0,
                    {
                        "sequence": position,
                        "kind": button.kind,
                        "text": button.text,
                        "url": button.url,
                        "phone": button.phone,
                        "code": button.code,
                    },
                )
                for position, button in enumerate(content.buttons)
            ],
        }

    # -- webhooks ---------------------------------------------------------------------

    @api.model
    def _ask_now(self, accounts):
        """Have the templates of ``accounts`` listed as soon as this is committed."""
        accounts.templates_due_at = Datetime.now()
        self._wake()

    @api.model
    def _apply_update(self, account, update):
        """News of one language of a template, by webhook.

        :param update: a :class:`~..wire.items.TemplateUpdate`
        """
        variants = self.env["whatsapp.template.variant"].with_context(active_test=False)
        domain = [("account_id", "=", account.id)]
        if update.template_id:
            domain.append(("provider_id", "=", update.template_id))
        else:
            domain += [
                ("provider_name", "=", update.name),
                ("language", "=", get_language(update.language)),
            ]
        variant = variants.search(domain, order="version DESC", limit=1)
        if not variant:
            self._ask_now(account)
            return
        values = {
            "status": variant.provider_status or variant.state,
            "category": "",
            "quality": "",
            update.change: update.value,
        }
        state = TemplateState(
            template_id=variant.provider_id,
            name=variant.provider_name or "",
            language=variant.language,
            status=values["status"],
            category=values["category"],
            quality=values["quality"],
            reason=update.reason or "",
        )
        variant._tell({variant: variant._apply_state(state)})
