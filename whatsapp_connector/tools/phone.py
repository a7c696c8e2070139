"""Phone numbers as WhatsApp spells them, and as people do.

WhatsApp kept old national forms: Mexico's mobile ``1``, Brazil's missing ninth digit,
Argentina's ``9``. One canonical E.164 number is stored; the variants find whoever was
written down in another form.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, timezone

_BRAZIL_MOBILE = re.compile(r"^\+55(\d{2})9?([6-9]\d{7})$")
_MEXICO = re.compile(r"^\+521?(\d{10})$")
_ARGENTINA = re.compile(r"^\+549?(\d{10})$")


def canonical_number(number):
    """The E.164 form under which a number is stored, or False if it can't be one.

    :param number: with plus sign, or bare international digits as in a ``wa_id``
    """
    digits = re.sub(r"\D", "", number or "")
    if not digits:
        return False
    e164 = _national_quirks(f"+{digits}")
    try:
        parsed = phonenumbers.parse(e164)
    except NumberParseException:
        return False
    if not phonenumbers.is_possible_number(parsed):
        return False
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _national_quirks(e164):
    if match := _MEXICO.match(e164):
        return f"+52{match[1]}"
    if match := _BRAZIL_MOBILE.match(e164):
        return f"+55{match[1]}9{match[2]}"
    if match := _ARGENTINA.match(e164):
        return f"+549{match[1]}"
    return e164


def number_variants(e164):
    """Every form under which the same line may have been written down, itself first."""
    if match := _MEXICO.match(e164):
        return (f"+52{match[1]}", f"+521{match[1]}")
    if match := _BRAZIL_MOBILE.match(e164):
        return (f"+55{match[1]}9{match[2]}", f"+55{match[1]}{match[2]}")
    if match := _ARGENTINA.match(e164):
        return (f"+549{match[1]}", f"+54{match[1]}")
    return (e164,)


def country_code(e164):
    """ISO code of the number's country, or False."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or False
    except NumberParseException:
        return False


def get_time_zones(e164):
    """Names of the time zones in which the number is used; empty if nobody knows."""
    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except NumberParseException:
        return ()
    return tuple(zone for zone in zones if zone != timezone.UNKNOWN_TIMEZONE)


def display_number(e164):
    """The number as people read it: ``+34 612 34 56 78``."""
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL
        )
    except NumberParseException:
        return e164
