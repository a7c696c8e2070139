from odoo import fields


class Secret(fields.Char):
    """A credential of a provider: administrators see it, no copy and no export has it.

    Its name begins with the provider's code; it goes when the provider's addon does.
    """

    groups = "base.group_system"
    copy = False
    exportable = False

    def convert_to_cache(self, value, record, validate=True):
        """Without the blanks that come along when it is copied from a console."""
        return super().convert_to_cache(
            value.strip() if isinstance(value, str) else value, record, validate
        )
