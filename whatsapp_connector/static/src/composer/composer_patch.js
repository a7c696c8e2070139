import {Composer} from "@mail/core/common/composer";
import {useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {isHtmlEmpty} from "@web/core/utils/html";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";

/** From this share of the limit on, the characters left are shown. */
const NEARLY_FULL = 0.9;
/** After so many milliseconds of writing the contact is shown it again. */
const TYPING_PAUSE = 21_000;

patch(Composer.prototype, {
    setup() {
        super.setup();
        this.whatsappClock = useState(useService("whatsapp.clock"));
    },
    /** Why nothing can be written to the contact now; empty elsewhere. */
    get whatsappRefusal() {
        return this.thread?.isWhatsapp
            ? this.thread.getWhatsappRefusal(this.whatsappClock.now)
            : "";
    },
    /** Templates go after the window's end, and some to whoever opted out. */
    get canSendWhatsappTemplate() {
        return !this.thread?.whatsapp?.blocked;
    },
    openWhatsappComposer() {
        const context = {
            default_thread_id: this.thread.id,
            default_mode: "template",
        };
        // Beside a ticket it is about this one, not about the chat's latest.
        const record = this.env.whatsappRecord?.();
        if (record) {
            context.default_res_model = record.resModel;
            context.default_res_id = record.resId;
        }
        return this.env.services.action.doAction(
            "whatsapp_connector.whatsapp_composer_action",
            {additionalContext: context}
        );
    },
    /** Nothing to write, and nothing written that would be lost from sight. */
    get isWhatsappInputHidden() {
        const {attachments, composerHtml} = this.props.composer;
        return Boolean(
            this.whatsappRefusal && isHtmlEmpty(composerHtml) && !attachments.length
        );
    },
    /** @returns {{ text: string, isOver: boolean } | undefined} near the limit only */
    get whatsappCounter() {
        const limit = this.thread?.isWhatsapp && this.thread.whatsapp?.text_limit;
        if (!limit) {
            return undefined;
        }
        // Characters as the server counts them: an emoji is one.
        const {length} = [...this.props.composer.composerText.trim()];
        return length >= limit * NEARLY_FULL
            ? {text: `${length} / ${limit}`, isOver: length > limit}
            : undefined;
    },
    get isWhatsappSendRefused() {
        return Boolean(this.whatsappRefusal || this.whatsappCounter?.isOver);
    },
    get areAllActionsDisabled() {
        return Boolean(this.whatsappRefusal) || super.areAllActionsDisabled;
    },
    get isSendButtonDisabled() {
        return this.isWhatsappSendRefused || super.isSendButtonDisabled;
    },
    get placeholder() {
        return this.thread?.isWhatsapp && !this.props.placeholder
            ? _t("Write to %(name)s on WhatsApp…", {name: this.thread.name})
            : super.placeholder;
    },
    async sendMessage() {
        if (this.isWhatsappSendRefused) {
            return;
        }
        if (this.thread?.isWhatsapp) {
            this.thread.whatsappPostError = "";
        }
        await super.sendMessage();
    },
    onDropFile() {
        if (!this.whatsappRefusal) {
            super.onDropFile(...arguments);
        }
    },
    /**
     * To be seen typing makes one a member, and who only reads isn't. What is edited is
     * never the contact's to see.
     */
    notifyIsTyping(isTyping = true) {
        const {isWhatsapp, self_member_id, whatsapp} = this.thread ?? {};
        if (!isWhatsapp) {
            super.notifyIsTyping(...arguments);
        } else if (self_member_id && !this.props.composer.message) {
            super.notifyIsTyping(...arguments);
            if (isTyping && whatsapp?.shows_typing) {
                // It fades on the phone sooner than in Discuss.
                browser.setTimeout(() => (this.typingNotified = false), TYPING_PAUSE);
            }
        }
    },
});
