"""The demo's records: run once in an ``odoo shell`` after the addons' installation.

A pretend Twilio account with one number, a helpdesk team with its agents, a few
contacts, and templates: approved ones, and one that waits for its review. The sandbox
is told the same account and people, by :func:`sandbox_account` and
:func:`sandbox_contacts`. Idempotent: a second run changes nothing.
"""

from types import MappingProxyType

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "demo-auth-token-of-the-sandbox"
NUMBER = "+34931234567"
NUMBER_NAME = "Acme Support"

AGENTS = (
    ("marta", "Marta Puig", "whatsapp_connector.group_whatsapp_agent"),
    ("pau", "Pau Ferrer", "whatsapp_connector.group_whatsapp_agent"),
    ("aina", "Aina Roca", "whatsapp_connector.group_whatsapp_author"),
    ("nuria", "Núria Soler", "whatsapp_connector.group_whatsapp_manager"),
)
AUTHOR, MANAGER = "aina", "nuria"
LANGUAGES = ("ca_ES", "es_ES")
CONTACTS = (
    ("Laia Vidal", "+34 612 34 56 78", "es", "Girona", "ca_ES"),
    ("Jordi Camps", "+34 622 11 22 33", "es", "Tarragona", "ca_ES"),
    ("María Hernández", "+52 55 1234 5678", "mx", "Ciudad de México", "es_ES"),
    ("João Silva", "+55 11 91234-5678", "br", "São Paulo", "en_US"),
    ("Emma Brown", "+44 7400 123456", "uk", "Leeds", "en_US"),
    ("Lucía Moreno", "+34 633 44 55 66", "es", "Sevilla", "es_ES"),
)
PEOPLE_ON_PHONE = 3
REVIEW_SECONDS = 5

# The template that somebody has just written: by language its text and quick replies
WRITTEN_NAME = "Delivery day"
WRITTEN = MappingProxyType(
    {
        "ca": (
            "Hola, {{name}}. *Demà* et portem la comanda, entre les 9 i les 13 h.\n\n"
            "Hi seràs?",
            ("Sí, hi seré", "Un altre dia"),
        ),
        "es": (
            "Hola, {{name}}. *Mañana* te llevamos el pedido, entre las 9 y las 13 h."
            "\n\n¿Estarás?",
            ("Sí, estaré", "Otro día"),
        ),
        "en": (
            "Hello {{name}}, we bring your order *tomorrow* between 9 and 13 h.\n\n"
            "Will you be in?",
            ("Yes, I will", "Another day"),
        ),
    }
)


def sandbox_account(webhook_url):
    """What the sandbox has to know of the account: the body of its control call.

    :param webhook_url: the webhook address that Odoo's account shows
    """
    return {
        "account_sid": ACCOUNT_SID,
        "auth_token": AUTH_TOKEN,
        "senders": [
            {
                "number": NUMBER,
                "name": NUMBER_NAME,
                "webhook_url": webhook_url,
                "status_callback_url": webhook_url,
            }
        ],
    }


def sandbox_contacts():
    """The first contacts as they are on the phone: the bodies of its control calls."""
    return [
        {"name": name, "number": phone}
        for name, phone, *_more in CONTACTS[:PEOPLE_ON_PHONE]
    ]


def configure(env, odoo_url):
    """Create the demo's records.

    :param odoo_url: where the sandbox reaches this Odoo, e.g. http://localhost:8069
    :return: the account
    """
    env["ir.config_parameter"].set_param("web.base.url", odoo_url)
    env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    account = env["whatsapp.account"].search([("twilio_account_sid", "=", ACCOUNT_SID)])
    if not account:
        _name_company(env)
        account = _create_account(env)
        _create_channel(env, account, _create_team(env))
        _create_contacts(env)
        _create_template(env, account)
    account.public_url = odoo_url
    env.cr.commit()
    return account


def _name_company(env):
    company = env.ref("base.main_company")
    company.write({"name": "Acme", "country_id": env.ref("base.es").id})


def _create_account(env):
    account = env["whatsapp.account"].create(
        {
            "name": "Acme at Twilio",
            "provider": "twilio",
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "business_verified": True,
        }
    )
    return account


def _create_team(env):
    users = env["res.users"].with_context(no_reset_password=True)
    agents = users.create(
        [
            {
                "name": name,
                "login": login,
                "password": login,
                "email": f"{login}@acme.example",
                "group_ids": [(4, env.ref(group).id)],
            }
            for login, name, group in AGENTS
        ]
    )
    agents |= env.ref("base.user_admin")
    return env["helpdesk.ticket.team"].create(
        {"name": "Customer care", "user_ids": [(6, 0, agents.ids)]}
    )


def _create_channel(env, account, team):
    return env["whatsapp.channel"].create(
        {
            "name": NUMBER_NAME,
            "account_id": account.id,
            "number": NUMBER,
            "team_ids": [(4, team.id)],
            "ticket_team_id": team.id,
            "number_owned": True,
            "number_free": True,
            "number_reachable": True,
        }
    )


def _create_contacts(env):
    for language in LANGUAGES:
        env["res.lang"]._activate_lang(language)
    env["res.partner"].create(
        [
            {
                "name": name,
                "phone": phone,
                "country_id": env.ref(f"base.{country}").id,
                "city": city,
                "lang": language,
                "email": f"{name.split()[0].lower()}@example.com",
            }
            for name, phone, country, city, language in CONTACTS
        ]
    )


def _create_template(env, account):
    """One that its author has just written, and handed to the managers in part."""
    author = _get_user(env, AUTHOR)
    template = (
        env["whatsapp.template"]
        .with_user(author)
        .create(
            {
                "name": WRITTEN_NAME,
                "account_id": account.id,
                "model_id": env["ir.model"]._get_id("res.partner"),
                "variant_ids": [
                    (0, 0, _prepare_language(language, *content))
                    for language, content in WRITTEN.items()
                ],
            }
        )
    )
    for variable in template.variant_ids.variable_ids:
        values = {"source": "field", "field_path": "name", "sample": "Laia Vidal"}
        variable.write(values)
    handed_in = template.variant_ids.filtered(lambda v: v.language != "en")
    handed_in.action_ask_review()


def _prepare_language(language, body, replies):
    return {
        "language": language,
        "header": "text",
        "header_text": "Acme",
        "body": body,
        "button_ids": [(0, 0, {"text": reply}) for reply in replies],
    }


def _get_user(env, login):
    return env["res.users"].search([("login", "=", login)])


def submit_templates(env, account):
    """Hand the templates that every account begins with to WhatsApp's reviewers.

    :return: whether there were any: not if the demo has run before
    """
    drafts = env["whatsapp.template.variant"].search(
        [
            ("account_id", "=", account.id),
            ("state", "=", "draft"),
            ("template_id.user_id", "=", False),
        ]
    )
    drafts.with_user(_get_user(env, AUTHOR)).action_ask_review()
    drafts.with_user(_get_user(env, MANAGER)).action_approve()
    work = env["whatsapp.template.work"]
    while variant := work._claim():
        work._submit(variant)
    return bool(drafts)


def learn_decisions(env, account):
    """Ask what the reviewers decided."""
    env["whatsapp.template.work"]._sync(account)
