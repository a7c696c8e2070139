{
    "name": "WhatsApp Connector: MessageBird",
    "summary": "Send and receive WhatsApp messages through MessageBird or Bird",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "Productivity/Discuss",
    "author": "WhatsApp Connector for Odoo contributors, "
    "Odoo Community Association (OCA)",
    "depends": ["whatsapp_connector"],
    "external_dependencies": {"python": ["PyJWT"]},
    "data": ["views/whatsapp_account_views.xml", "views/whatsapp_channel_views.xml"],
    "uninstall_hook": "uninstall_hook",
}
