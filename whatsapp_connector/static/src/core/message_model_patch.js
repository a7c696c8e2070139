import {Message} from "@mail/core/common/message_model";
import {patch} from "@web/core/utils/patch";

import {withoutStale} from "./freshness";

const {DateTime} = luxon;

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** What became of it on WhatsApp: `mail.message._whatsapp_store_values()`. */
        this.whatsapp = undefined;
        this.whatsappVersions = {};
    },
    update(data) {
        super.update(withoutStale(this, data, ["attachment_ids", "body", "reactions"]));
    },
    /** Green is ours, whoever of us wrote it. */
    get bubbleColor() {
        const direction = this.whatsapp?.direction;
        return direction ? (direction === "out" ? "green" : "blue") : super.bubbleColor;
    },
    /** A file that is still being fetched isn't a message that somebody removed. */
    computeIsEmpty() {
        return !this.whatsapp && super.computeIsEmpty();
    },
    /** A record's line about a WhatsApp message: what is done to it stays here. */
    get isWhatsappNote() {
        return Boolean(this.whatsapp && this.thread && !this.thread.isWhatsapp);
    },
    canAddReaction(thread) {
        return (
            super.canAddReaction(thread) &&
            !this.isWhatsappNote &&
            (!this.thread?.isWhatsapp || this.canReactOnWhatsapp)
        );
    },
    /** Whether the contact would see a reaction of ours to it now. */
    get canReactOnWhatsapp() {
        return Boolean(
            this.whatsapp?.can_react &&
            this.thread.whatsapp?.can_react &&
            !this.thread.getWhatsappRefusal(DateTime.now())
        );
    },
    canReplyTo(thread) {
        return (
            super.canReplyTo(thread) &&
            (!thread.isWhatsapp || Boolean(this.whatsapp && thread.whatsapp?.can_quote))
        );
    },
});
