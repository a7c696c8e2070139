{
    "name": "WhatsApp Connector: Meta",
    "summary": "Send and receive WhatsApp messages through Meta's Cloud API",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "Productivity/Discuss",
    "author": "WhatsApp Connector for Odoo contributors, "
    "Odoo Community Association (OCA)",
    "depends": ["whatsapp_connector"],
    "data": [
        "security/ir.model.access.csv",
        "wizard/whatsapp_meta_registration_views.xml",
        "views/whatsapp_account_views.xml",
        "views/whatsapp_channel_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
}
