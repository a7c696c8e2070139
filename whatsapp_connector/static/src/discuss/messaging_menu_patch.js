import {MessagingMenu} from "@mail/core/public_web/messaging_menu";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(MessagingMenu.prototype, {
    /** On a phone WhatsApp has its own tab, as its chats have their own category. */
    get _tabs() {
        const category = this.store.discuss.whatsappCategory;
        if (!category?.threads.length) {
            return super._tabs;
        }
        return [
            ...super._tabs,
            {
                counter: category.threadsWithCounter.length,
                icon: "fa fa-whatsapp",
                id: "whatsapp",
                label: _t("WhatsApp"),
                sequence: 30,
            },
        ];
    },
});
