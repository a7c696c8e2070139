import {
    composerActionsRegistry,
    registerComposerAction,
} from "@mail/core/common/composer_actions";
import "@mail/discuss/gif_picker/common/composer_actions_patch";
import {_t} from "@web/core/l10n/translation";
import {formatList} from "@web/core/l10n/utils";
import {patch} from "@web/core/utils/patch";

/** What the provider of this chat can carry beside text and files. */
function getExtras(thread) {
    const {buttons, list_rows, can_locate} = thread?.whatsapp ?? {};
    return [
        buttons > 0 && _t("buttons"),
        list_rows > 0 && _t("a list"),
        can_locate && _t("a location"),
    ].filter(Boolean);
}

registerComposerAction("whatsapp-interactive", {
    condition: ({composer, owner}) =>
        composer.targetThread?.isWhatsapp &&
        getExtras(composer.targetThread).length > 0 &&
        !owner.whatsappRefusal,
    icon: "fa fa-list-ul",
    name: ({composer}) =>
        _t("Send %(what)s", {
            what: formatList(getExtras(composer.targetThread), {style: "or"}),
        }),
    onSelected: ({composer, owner}) =>
        owner.env.services.action.doAction(
            "whatsapp_connector.whatsapp_interactive_action",
            {
                additionalContext: {default_thread_id: composer.targetThread.id},
            }
        ),
    sequence: 15,
});

registerComposerAction("whatsapp-template", {
    condition: ({composer, owner}) =>
        composer.targetThread?.isWhatsapp && !owner.whatsappRefusal,
    icon: "fa fa-file-text-o",
    name: _t("Send a template"),
    onSelected: ({owner}) => owner.openWhatsappComposer(),
    sequence: 16,
});

patch(composerActionsRegistry.get("add-gif"), {
    /** It would arrive as a bare address. */
    condition({composer}) {
        return !composer.targetThread?.isWhatsapp && super.condition(...arguments);
    },
});
