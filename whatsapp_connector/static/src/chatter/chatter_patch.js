import {Chatter} from "@mail/chatter/web_portal/chatter";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(Chatter.prototype, {
    /**
     * Beside a WhatsApp chat "Send message" needs a clearer name: it sends e-mails.
     * `whatsapp_has_address` comes from the server, for records with a chat only.
     */
    get sendMessageLabel() {
        return this.isBesideWhatsapp ? _t("Send e-mail") : _t("Send message");
    },
    get sendMessageTitle() {
        return this.isBesideWhatsapp
            ? _t("Goes by e-mail, not to WhatsApp: answer there in the chat.")
            : undefined;
    },
    get isBesideWhatsapp() {
        return this.state.thread.whatsapp_has_address !== undefined;
    },
    get canWriteWhatsapp() {
        return Boolean(this.state.thread.id && this.state.thread.whatsapp_can_write);
    },
    /** Whatever is written there shows up here as a line with its ticks. */
    async writeWhatsapp() {
        const {thread} = this.state;
        if (await this.props.saveRecord?.()) {
            await this.env.services.action.doAction(
                "whatsapp_connector.whatsapp_composer_action",
                {
                    additionalContext: {
                        default_res_model: thread.model,
                        default_res_id: thread.id,
                    },
                    onClose: () => this.load(thread, ["messages"]),
                }
            );
        }
    },
    get canSendMessage() {
        return this.state.thread.whatsapp_has_address !== false;
    },
});
