"""What every helpdesk needs, ready to be reviewed: nobody is stuck after 24 hours.

Their texts are content, not labels: each language is written by itself, and stays as it
is whatever the user's language.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What fills a variable; ``samples`` by language, or one for all under ``""``."""

    source: str
    samples: dict[str, str]
    field_path: str = ""

    def get_sample(self, language):
        return self.samples.get(language) or self.samples[""]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A template; ``texts`` maps a language to its body and its quick replies.

    Without ``model`` it can be sent from any record.
    """

    name: str
    technical_name: str
    model: str | None
    bindings: dict[str, Binding]
    texts: dict[str, tuple[str, tuple[str, ...]]]


COMPANY = Binding(source="company", samples={"": "Acme"})
CONTACT = Binding(
    source="contact",
    samples={"ca": "Laia Vidal", "es": "Lucía Moreno", "": "Emma Brown"},
)
NUMBER = Binding(source="field", field_path="number", samples={"": "HT00042"})
SUBJECT = Binding(
    source="field",
    field_path="name",
    samples={
        "ca": "La factura de març",
        "es": "La factura de marzo",
        "": "The invoice for March",
    },
)

DRAFTS = (
    Draft(
        name="Reopen the conversation",
        technical_name="reopen_conversation",
        model=None,
        bindings={"company": COMPANY},
        texts={
            "ca": (
                "Hola! Som {{company}} i tenim una resposta a la teva consulta. "
                "Contesta aquest missatge i continuem la conversa.",
                ("Continuem",),
            ),
            "es": (
                "¡Hola! Somos {{company}} y tenemos una respuesta a tu consulta. "
                "Contesta a este mensaje y seguimos la conversación.",
                ("Seguimos",),
            ),
            "en": (
                "Hello! This is {{company}}: we have an answer to your question. "
                "Reply to this message and we will go on from there.",
                ("Go on",),
            ),
        },
    ),
    Draft(
        name="Ticket update",
        technical_name="ticket_update",
        model="helpdesk.ticket",
        bindings={"contact": CONTACT, "number": NUMBER, "subject": SUBJECT},
        texts={
            "ca": (
                "Hola, {{contact}}. Hi ha novetats de la teva consulta *{{number}}* "
                "({{subject}}).\n\n"
                "Contesta aquest missatge si vols que te les expliquem ara mateix.",
                ("Expliqueu-me-les",),
            ),
            "es": (
                "Hola, {{contact}}. Hay novedades sobre tu consulta *{{number}}* "
                "({{subject}}).\n\n"
                "Contesta a este mensaje si quieres que te las contemos ahora mismo.",
                ("Contádmelas",),
            ),
            "en": (
                "Hello {{contact}}, there is news about your request *{{number}}* "
                "({{subject}}).\n\n"
                "Reply to this message if you would like to hear it now.",
                ("Tell me",),
            ),
        },
    ),
    Draft(
        name="Ticket closed",
        technical_name="ticket_closed",
        model="helpdesk.ticket",
        bindings={"contact": CONTACT, "number": NUMBER, "subject": SUBJECT},
        texts={
            "ca": (
                "Hola, {{contact}}. Hem tancat la teva consulta *{{number}}* "
                "({{subject}}).\n\n"
                "Si encara necessites ajuda, contesta aquest missatge i la reobrim.",
                ("Està resolt, gràcies", "Necessito ajuda"),
            ),
            "es": (
                "Hola, {{contact}}. Hemos cerrado tu consulta *{{number}}* "
                "({{subject}}).\n\n"
                "Si aún necesitas ayuda, contesta a este mensaje y la reabrimos.",
                ("Resuelto, gracias", "Necesito ayuda"),
            ),
            "en": (
                "Hello {{contact}}, we have closed your request *{{number}}* "
                "({{subject}}).\n\n"
                "If you still need help, reply to this message and we will reopen it.",
                ("Solved, thank you", "I need help"),
            ),
        },
    ),
)
