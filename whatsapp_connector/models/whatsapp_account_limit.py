from datetime import timedelta

from odoo import models
from odoo.fields import Datetime
from odoo.tools import SQL

#: WhatsApp counts the people of any 24 hours, not of a calendar day.
LIMIT_PERIOD = timedelta(hours=24)


class WhatsappAccount(models.Model):
    """How many new people may be written to: WhatsApp's *messaging limit*.

    Counted are people whom a template reached, or is about to, who had not written in
    the 24 hours before it.
    """

    _inherit = "whatsapp.account"

    def _get_new_people_left(self):
        """How many more people may be written to first by now; None: no limit."""
        self.ensure_one()
        if not self.daily_limit:
            return None
        rows = self.env.execute_query(
            SQL("SELECT count(*) FROM (%s) opened", self._select_opened())
        )
        return max(self.daily_limit - rows[0][0], 0)

    def _filter_new_people(self, contacts):
        """Of ``contacts`` those whom a template to them would count as new."""
        self.ensure_one()
        if not contacts:
            return contacts
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact_id FROM (%(opened)s) opened
                 WHERE contact_id = ANY(%(ids)s)
                 UNION
                SELECT whatsapp_contact_id FROM discuss_channel thread
                  JOIN whatsapp_channel channel
                    ON channel.id = thread.whatsapp_channel_id
                 WHERE whatsapp_contact_id = ANY(%(ids)s)
                   AND whatsapp_window_until > %(now)s
                   AND channel.account_id = %(account)s
                """,
                opened=self._select_opened(),
                ids=contacts.ids,
                now=Datetime.now(),
                account=self.id,
            )
        )
        return contacts - contacts.browse([row[0] for row in rows])

    def _get_next_free_place(self, wanted):
        """When so many of the last day's people don't count any more (naive UTC)."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT at FROM (%s) opened ORDER BY at LIMIT %s",
                self._select_opened(),
                max(wanted, 1),
            )
        )
        last = rows[-1][0] if rows else Datetime.now()
        return last.replace(microsecond=0) + LIMIT_PERIOD

    def _select_opened(self):
        """The people who count now, and when they were last written to."""
        now = Datetime.now()
        return SQL(
            """
            SELECT opening.contact_id, max(COALESCE(opening.claimed_at, %(now)s)) AS at
              FROM whatsapp_message opening
             WHERE opening.account_id = %(account)s
               AND opening.kind = 'template'
               AND opening.state NOT IN ('scheduled', 'failed', 'cancelled', 'received')
               AND (opening.state = 'queued' OR opening.claimed_at > %(since)s)
               AND NOT EXISTS (
                   SELECT FROM whatsapp_message inbound
                    WHERE inbound.thread_id = opening.thread_id
                      AND inbound.direction = 'in'
                      AND inbound.create_date <= COALESCE(opening.claimed_at, %(now)s)
                      AND inbound.create_date
                          > COALESCE(opening.claimed_at, %(now)s) - INTERVAL '24 hours'
                   )
          GROUP BY opening.contact_id
            """,
            account=self.id,
            now=now,
            since=now - LIMIT_PERIOD,
        )
