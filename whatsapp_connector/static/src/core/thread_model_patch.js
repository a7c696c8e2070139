import {fields} from "@mail/core/common/record";
import {Thread} from "@mail/core/common/thread_model";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {imageUrl} from "@web/core/utils/urls";

import {withoutStale} from "./freshness";
import {millisecondsLeft} from "./window";

const {DateTime} = luxon;

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        /** How the chat stands: `discuss.channel._whatsapp_store_values()`. */
        this.whatsapp = undefined;
        this.whatsappVersions = {};
        this.whatsapp_window_until = fields.Datetime();
        /** Why the server refused what was written last. */
        this.whatsappPostError = "";
        /** How many forms show this chat at the moment. */
        this.whatsappViewers = 0;
        /** Of records with a chat: whether their contact can be written an e-mail. */
        this.whatsapp_has_address = undefined;
        /** Of records: whether the user may write to their person on WhatsApp. */
        this.whatsapp_can_write = undefined;
    },
    update(data) {
        super.update(withoutStale(this, data, ["whatsapp_window_until", "name"]));
    },
    get isWhatsapp() {
        return this.channel_type === "whatsapp";
    },
    /**
     * Why nothing can be written to the contact; empty if it can.
     *
     * @param {luxon.DateTime} now
     */
    getWhatsappRefusal(now) {
        const {contact_name: name, blocked, opted_out} = this.whatsapp ?? {};
        if (blocked) {
            return _t("%(name)s is blocked. Unblock them to write.", {name});
        }
        if (opted_out) {
            return _t("%(name)s asked for no more WhatsApp messages.", {name});
        }
        const until = this.whatsapp_window_until;
        if (millisecondsLeft(until, now) > 0) {
            return "";
        }
        if (!until) {
            return _t(
                "%(name)s has not written to you yet. WhatsApp allows free text only within 24 hours after the contact's last message.",
                {name}
            );
        }
        return _t(
            "The 24 hours in which WhatsApp allows free text ended on %(when)s. Until %(name)s writes again, only a template can be sent.",
            {name, when: until.toLocaleString(DateTime.DATETIME_MED)}
        );
    },
    /** The contact's name, and our number's where they write to several. */
    get displayName() {
        const {is_one_of_several, channel_name} = this.whatsapp ?? {};
        return is_one_of_several
            ? `${super.displayName} · ${channel_name}`
            : super.displayName;
    },
    get avatarUrl() {
        if (!this.isWhatsapp) {
            return super.avatarUrl;
        }
        const partnerId = this.whatsapp?.partner_id;
        return partnerId
            ? imageUrl("res.partner", partnerId, "avatar_128")
            : this.store.DEFAULT_AVATAR;
    },
    get isChatChannel() {
        return this.isWhatsapp || super.isChatChannel;
    },
    get hasMemberList() {
        return this.isWhatsapp || super.hasMemberList;
    },
    get allowedToUnpinChannelTypes() {
        return [...super.allowedToUnpinChannelTypes, "whatsapp"];
    },
    /** The name is the contact's. */
    get supportsCustomChannelName() {
        return !this.isWhatsapp && super.supportsCustomChannelName;
    },
    /** All members are colleagues: none of them is who the chat is with. */
    computeCorrespondent() {
        return this.isWhatsapp ? undefined : super.computeCorrespondent();
    },
    _computeDiscussAppCategory() {
        return this.isWhatsapp
            ? this.store.discuss.whatsappCategory
            : super._computeDiscussAppCategory();
    },
    /** Whoever may read a chat sees it live, without being a member. */
    get shouldSubscribeToBusChannel() {
        return (
            super.shouldSubscribeToBusChannel ||
            (this.whatsappViewers > 0 && !this.self_member_id)
        );
    },
    computeIsDisplayed() {
        return this.whatsappViewers > 0 || super.computeIsDisplayed();
    },
    get inChathubOnNewMessage() {
        if (this.isWhatsapp && (this.whatsappViewers || !this.self_member_id)) {
            return false;
        }
        return super.inChathubOnNewMessage;
    },
    /**
     * Nobody is shown what a colleague's browser has got, and the request would meet
     * the one that marks the chat as read at the same row.
     */
    async markAsFetched() {
        if (!this.isWhatsapp) {
            await super.markAsFetched();
        }
    },
    setAsDiscussThread(pushState) {
        super.setAsDiscussThread(pushState);
        if (this.isWhatsapp && this.store.env.services.ui.isSmall) {
            this.store.discuss.activeTab = "whatsapp";
        }
    },
});
