"""What a chat is about, by its first words that say something."""

import re

#: Greetings and courtesies of the languages that we ship keywords for.
_EMPTY = re.compile(
    r"""^(?:
        hola|bones?|bon\s?dia|bona\s?(?:tarda|nit)|ei|ep|
        buen\s?d[ií]a|buen[ao]s?\s?(?:d[ií]as|tardes|noches)|buen[ao]s?|qu[eé]\s?tal|
        (?:hi|hello|hey|hiya)(?:\s(?:there|again))?|good\s?(?:morning|afternoon|evening)|
        ol[aá]|oi|bom\s?dia|boa\s?(?:tarde|noite)|tudo\s?bem|
        bonjour|bonsoir|salut|coucou|
        ciao|salve|buongiorno|buonasera|
        hallo|guten\s?(?:tag|morgen|abend)|moin|servus|
        (?:moltes\s)?gr[aà]cies|(?:muchas\s)?gracias|
        (?:many\s)?thanks(?:\sa\slot)?|thank\s?you(?:\s(?:so|very)\smuch)?|
        please|si\s?us\s?plau|por\s?favor
    )\b[\s,.;:!¡¿?👋🙂😊-]*""",
    re.IGNORECASE | re.VERBOSE,
)
#: WhatsApp's marks for bold, italic, strike and code.
_MARKS = re.compile(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)")
_WORDS = re.compile(r"\w{2,}", re.UNICODE)
LENGTH = 80


def title(text: str) -> str:
    """A ticket's title out of a message, or ``""`` if it only greets.

    ``"Hola! No em funciona la factura"`` gives ``"No em funciona la factura"``.
    """
    rest = " ".join(_MARKS.sub("", text or "").split())
    while True:
        shorter = _EMPTY.sub("", rest, count=1).lstrip(" ¡¿,.!?:;-")
        if shorter == rest:
            break
        rest = shorter
    if not _WORDS.search(rest):
        return ""
    rest = rest[0].upper() + rest[1:]
    return rest if len(rest) <= LENGTH else rest[: LENGTH - 1].rstrip() + "…"
