import re
import unicodedata

from odoo import api, fields, models, tools


class WhatsappKeyword(models.Model):
    """A word that, sent alone, opts its sender out or in."""

    _name = "whatsapp.keyword"
    _description = "WhatsApp Keyword"
    _order = "decision DESC, word"
    _rec_name = "word"

    word = fields.Char(required=True)
    decision = fields.Selection(
        [("out", "Opts out"), ("in", "Opts in")], required=True, default="out"
    )
    scope = fields.Selection(
        [("all", "All messages"), ("marketing", "Advertising")],
        string="What it is about",
        required=True,
        default="all",
        help="“Advertising”: such as OFFERS, by which people agree to your marketing.",
    )
    active = fields.Boolean(default=True)

    _word_unique = models.Constraint("UNIQUE(word)", "This keyword exists already.")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _normalize(self, text):
        """Lower case, no accents, no punctuation: ``¡Baja!`` and ``BAJA`` are one."""
        plain = unicodedata.normalize("NFKD", text or "").casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        return re.sub(r"\s+", " ", re.sub(r"[^\w\s]", "", plain)).strip()

    @api.model
    def _decide(self, text):
        """``(scope, decision)`` if the whole text is a keyword, else None."""
        if not text or len(text) > 40:
            return None
        return self._get_decisions().get(self._normalize(text))

    @api.model
    @tools.ormcache()
    def _get_decisions(self):
        keywords = self.sudo().search([])
        return {self._normalize(k.word): (k.scope, k.decision) for k in keywords}
