import {messageActionsRegistry} from "@mail/core/common/message_actions";
import {patch} from "@web/core/utils/patch";

patch(messageActionsRegistry.get("reply-to"), {
    /** Beside a record the answer would be a note that the contact never sees. */
    condition({message}) {
        return !message.isWhatsappNote && super.condition(...arguments);
    },
});
