import {ChatWindow} from "@mail/core/common/chat_window_model";
import {patch} from "@web/core/utils/patch";

patch(ChatWindow.prototype, {
    /** No bubble over the form that shows the same chat already. */
    computeCanShow() {
        const isInForm = this.thread?.whatsappViewers > 0;
        return !(this.hubAsFolded && isInForm) && super.computeCanShow();
    },
});
