def uninstall_hook(env):
    """Accounts and chats stay; provider and secrets go."""
    env["whatsapp.account"]._remove_provider("vonage")
