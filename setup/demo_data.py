"""The demo's records: run once in an ``odoo shell`` after the addons' installation.

A pretend Twilio account with one number, a helpdesk team with its agents, and a few
contacts. The sandbox is told the same account and people, by :func:`sandbox_account`
and :func:`sandbox_contacts`. Idempotent: a second run changes nothing.
"""

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "demo-auth-token-of-the-sandbox"
NUMBER = "+34931234567"
NUMBER_NAME = "Acme Support"

AGENTS = (
    ("marta", "Marta Puig", "whatsapp_connector.group_whatsapp_agent"),
    ("pau", "Pau Ferrer", "whatsapp_connector.group_whatsapp_agent"),
    ("nuria", "Núria Soler", "whatsapp_connector.group_whatsapp_manager"),
)
CONTACTS = (
    ("Laia Vidal", "+34 612 34 56 78", "es", "Girona"),
    ("Jordi Camps", "+34 622 11 22 33", "es", "Tarragona"),
    ("María Hernández", "+52 55 1234 5678", "mx", "Ciudad de México"),
    ("João Silva", "+55 11 91234-5678", "br", "São Paulo"),
    ("Emma Brown", "+44 7400 123456", "uk", "Leeds"),
)
PEOPLE_ON_PHONE = 3


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
        for name, phone, _country, _city in CONTACTS[:PEOPLE_ON_PHONE]
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
    env["res.partner"].create(
        [
            {
                "name": name,
                "phone": phone,
                "country_id": env.ref(f"base.{country}").id,
                "city": city,
                "email": f"{name.split()[0].lower()}@example.com",
            }
            for name, phone, country, city in CONTACTS
        ]
    )
