import {DiscussContent} from "@mail/core/public_web/discuss_content";
import {patch} from "@web/core/utils/patch";

import {WhatsappBanner} from "./whatsapp_banner";

Object.assign(DiscussContent.components, {WhatsappBanner});

patch(DiscussContent.prototype, {
    get showThreadAvatar() {
        return this.thread.isWhatsapp || super.showThreadAvatar;
    },
});
