import {Store} from "@mail/core/common/store_service";
import {markup} from "@odoo/owl";
import {odooExceptionTitleMap} from "@web/core/errors/error_dialogs";
import {htmlJoin, isHtmlEmpty} from "@web/core/utils/html";
import {patch} from "@web/core/utils/patch";

patch(Store.prototype, {
    tabToThreadType(tab) {
        const types = super.tabToThreadType(tab);
        return tab === "chat" && !this.env.services.ui.isSmall
            ? [...types, "whatsapp"]
            : types;
    },
    /**
     * What the server refuses comes back into the composer, with the reason.
     *
     * Elsewhere a post that fails is shown as if the network were to blame.
     */
    async doMessagePost(params, tmpMessage) {
        if (!tmpMessage?.thread?.isWhatsapp) {
            return super.doMessagePost(...arguments);
        }
        try {
            return await super.doMessagePost(params);
        } catch (error) {
            if (odooExceptionTitleMap.has(error.exceptionName)) {
                this._takeBackWhatsappPost(
                    params.post_data,
                    tmpMessage,
                    error.data.message
                );
            } else {
                tmpMessage.postFailRedo = () => {
                    tmpMessage.postFailRedo = undefined;
                    this.doMessagePost(params, tmpMessage);
                };
            }
        }
    },
    _takeBackWhatsappPost({body}, tmpMessage, reason) {
        const {thread} = tmpMessage;
        const {composer} = thread;
        const written = composer.composerHtml;
        composer.composerHtml = isHtmlEmpty(written)
            ? body
            : htmlJoin([body, written], markup`<br>`);
        composer.attachments.push(...tmpMessage.attachment_ids);
        tmpMessage.delete();
        thread.whatsappPostError = reason;
    },
});
