"""The demo's records: run once in an ``odoo shell`` after the addons' installation.

A pretend account with one number at each wire, a helpdesk team with its agents, a few
contacts, and templates: approved ones, and one that waits for its review. The sandbox
is told the accounts as Odoo has them, and the people, by :func:`sandbox_accounts` and
:func:`sandbox_contacts`. Idempotent: a second run changes nothing.
"""

from types import MappingProxyType

from pretend_accounts import BIRD, MESSAGEBIRD, META, TWILIO, VONAGE

# The first is the one that is used unless somebody chooses
NUMBERS = MappingProxyType(
    {
        "+34931234567": (TWILIO, "Acme Support"),
        "+34932345678": (META, "Acme Orders"),
        "+34933456789": (VONAGE, "Acme Deliveries"),
        "+34934567890": (MESSAGEBIRD, "Acme Repairs"),
        "+34935678901": (BIRD, "Acme Shop"),
    }
)
AGENTS = (
    ("marta", "Marta Puig", "whatsapp_connector.group_whatsapp_agent"),
    ("pau", "Pau Ferrer", "whatsapp_connector.group_whatsapp_agent"),
    ("aina", "Aina Roca", "whatsapp_connector.group_whatsapp_author"),
    ("nuria", "Núria Soler", "whatsapp_connector.group_whatsapp_manager"),
)
AUTHOR, MANAGER = "aina", "nuria"
TEAM = "Customer care"
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


def sandbox_accounts(env):
    """What the sandbox has to know: by provider, the body of its control call."""
    for number, (wire, _name) in NUMBERS.items():
        channel = _find_channels(env).filtered(lambda c, n=number: c.number == n)
        account = channel.account_id.sudo()
        if account.provider == wire.provider:
            yield (
                wire.name,
                wire.describe(
                    account,
                    number,
                    channel.number_id,
                    name=channel.name,
                    webhook_url=account._get_webhook_url(),
                ),
            )


def sandbox_contacts():
    """The first contacts as they are on the phone: the bodies of its control calls."""
    return [
        {"name": name, "number": phone}
        for name, phone, *_more in CONTACTS[:PEOPLE_ON_PHONE]
    ]


def configure(env, odoo_url):
    """Create the demo's records.

    :param odoo_url: where the sandbox reaches this Odoo, e.g. http://localhost:8069
    :return: the accounts
    """
    env["ir.config_parameter"].set_param("web.base.url", odoo_url)
    env["ir.config_parameter"].set_param("web.base.url.freeze", "True")
    is_new = not _find_channels(env)
    if is_new:
        _name_company(env)
        _create_team(env)
        _create_contacts(env)
    accounts = _create_missing_channels(env)
    if is_new:
        _create_template(env, accounts[0])
    accounts.public_url = odoo_url
    env.cr.commit()
    return accounts


def _find_channels(env):
    """Those of the demo's numbers, in their order."""
    channels = env["whatsapp.channel"].with_context(active_test=False)
    return channels.search([("number", "in", list(NUMBERS))], order="number")


def get_abilities(env):
    """What not every provider can, each with the titles of those that can."""
    titles = {number: wire.title for number, (wire, _name) in NUMBERS.items()}
    abilities = {"typing": [], "reactions": []}
    for channel in _find_channels(env):
        for name, able in abilities.items():
            if getattr(channel._get_capabilities(), name):
                able.append(titles[channel.number])
    return abilities


def _name_company(env):
    company = env.ref("base.main_company")
    company.write({"name": "Acme", "country_id": env.ref("base.es").id})


def _create_team(env):
    users = env["res.users"].with_context(no_reset_password=True)
    agents = users.create(
        [
            {
                "name": name,
                "login": login,
                "password": login,
                "email": f"{login}@acme.example",
                "notification_type": "inbox",
                "group_ids": [(4, env.ref(group).id)],
            }
            for login, name, group in AGENTS
        ]
    )
    agents |= env.ref("base.user_admin")
    return env["helpdesk.ticket.team"].create(
        {"name": TEAM, "user_ids": [(6, 0, agents.ids)]}
    )


def _create_missing_channels(env):
    """One for each number that has none yet; gives the accounts of all."""
    known = _find_channels(env).mapped("number")
    for place, (number, (wire, name)) in enumerate(NUMBERS.items(), start=1):
        if number not in known:
            _create_channel(env, place, number, wire, name)
    return _find_channels(env).account_id


def _create_channel(env, place, number, wire, name):
    team = env["helpdesk.ticket.team"].search([("name", "=", TEAM)], limit=1)
    account = env["whatsapp.account"].create(
        {
            "name": f"Acme at {wire.title}",
            "sequence": place,
            "business_verified": True,
            **wire.make_account(),
        }
    )
    number_id = wire.make_number_id()
    env["whatsapp.channel"].create(
        {
            "name": name,
            "sequence": place,
            "account_id": account.id,
            "number": number,
            **({"number_id": number_id} if number_id else {}),
            "team_ids": [(4, team.id)],
            "ticket_team_id": team.id,
            "number_owned": True,
            "number_free": True,
            "number_reachable": True,
        }
    )


def _create_contacts(env):
    """The people on the phone are reached by WhatsApp alone: nothing sends e-mails."""
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
                "email": place >= PEOPLE_ON_PHONE
                and f"{name.split()[0].lower()}@example.com",
            }
            for place, (name, phone, country, city, language) in enumerate(CONTACTS)
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


def approve_templates(env, accounts):
    """Have our manager approve the templates that these accounts begin with.

    :return: whether there were any: not if the demo has run before
    """
    drafts = _without_noise(env["whatsapp.template.variant"]).search(
        [
            ("account_id", "in", accounts.ids),
            ("state", "=", "draft"),
            ("template_id.user_id", "=", False),
        ]
    )
    drafts.with_user(_get_user(env, AUTHOR)).action_ask_review()
    drafts.with_user(_get_user(env, MANAGER)).action_approve()
    return bool(drafts)


def submit_templates(env):
    """Hand what is approved to WhatsApp's reviewers; by itself Odoo does so, too."""
    work = _without_noise(env["whatsapp.template.work"])
    while variant := work._claim():
        work._submit(variant)


def learn_decisions(env, accounts):
    """Ask what the reviewers decided; nobody has to read that in their inbox."""
    work = _without_noise(env["whatsapp.template.work"])
    for account in accounts:
        work._sync(account)
    decided = env["whatsapp.template"].search([("user_id", "=", False)])
    env["mail.notification"].search(
        [
            ("mail_message_id.model", "=", decided._name),
            ("mail_message_id.res_id", "in", decided.ids),
        ]
    ).is_read = True


def _without_noise(model):
    """Without activities and lines in the chatter, which nobody would read."""
    return model.with_context(tracking_disable=True, mail_activity_automation_skip=True)
