import {Composer} from "@mail/core/common/composer";
import {Thread} from "@mail/core/common/thread";
import {useMessageScrolling} from "@mail/utils/common/hooks";
import {
    Component,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {WhatsappBanner} from "../discuss/whatsapp_banner";

/**
 * The chat itself inside a form, live, opened at the part that the record is about: a
 * view that has `whatsapp_conversation_id` and `whatsapp_first_message_id` (of a
 * conversation itself: `first_mail_message_id`) tells which.
 */
export class WhatsappThreadField extends Component {
    static template = "whatsapp_connector.ThreadField";
    static components = {Composer, Thread, WhatsappBanner};
    static props = {...standardFieldProps};

    setup() {
        this.store = useService("mail.store");
        this.rootRef = useRef("root");
        this.state = useState({
            thread: undefined,
            isLoading: false,
            jumpThreadPresent: 0,
        });
        useSubEnv({
            // The form's chatter must not lend its state to this thread.
            chatter: false,
            inChatter: false,
            messageHighlight: useMessageScrolling(),
            whatsappRecord: () => (this.ticketId ? this.props.record : undefined),
        });
        this.load(this.threadId);
        onWillUpdateProps((next) => {
            const threadId = next.record.data[next.name]?.id;
            if (threadId !== this.threadId) {
                this.load(threadId);
            }
        });
        useEffect(
            (thread) => this.watch(thread),
            () => [this.state.thread]
        );
        useEffect(
            (thread) => this.openAtPart(thread),
            () => [this.state.thread, this.props.record.resId]
        );
        useEffect(
            (...progress) => {
                this.reloadRecord(progress);
            },
            () => this.progress
        );
    }

    get threadId() {
        return this.props.record.data[this.props.name]?.id;
    }

    get conversationId() {
        const {data, resId, resModel} = this.props.record;
        return resModel === "whatsapp.conversation"
            ? resId
            : data.whatsapp_conversation_id?.id;
    }

    get firstMessageId() {
        const {first_mail_message_id, whatsapp_first_message_id} =
            this.props.record.data;
        return (whatsapp_first_message_id ?? first_mail_message_id)?.id;
    }

    get ticketId() {
        const {resId, resModel} = this.props.record;
        return resModel === "helpdesk.ticket" ? resId : undefined;
    }

    /** What, when it changes, may have changed the record as well. */
    get progress() {
        const {newestPersistentOfAllMessage, whatsapp} = this.state.thread ?? {};
        return [
            this.state.thread?.isLoaded && newestPersistentOfAllMessage?.id,
            whatsapp?.conversation_state,
            whatsapp?.assignee_id,
            whatsapp?.partner_id,
        ];
    }

    get emptyText() {
        if (this.state.isLoading) {
            return "";
        }
        return this.threadId
            ? _t("You have no access to this WhatsApp chat.")
            : _t("There is no WhatsApp chat here.");
    }

    async load(id) {
        this.state.thread = undefined;
        this.state.isLoading = Boolean(id);
        const thread =
            id && (await this.store.Thread.getOrFetch({model: "discuss.channel", id}));
        if (id === this.threadId) {
            this.state.thread = thread || undefined;
            this.state.isLoading = false;
        }
    }

    watch(thread) {
        if (thread) {
            thread.whatsappViewers++;
            return () => thread.whatsappViewers--;
        }
    }

    /** Go where the record's part begins, unless the chat opens inside it anyway. */
    openAtPart(thread) {
        const isLatest = this.conversationId === thread?.whatsapp?.conversation_id;
        const firstUnreadId = thread?.self_member_id?.new_message_separator_ui;
        const id = this.firstMessageId;
        if (thread && id && (!isLatest || firstUnreadId < id)) {
            thread.highlightMessage = {id, thread};
        }
    }

    /** Messages move tickets from stage to stage: show it, but never over an edit. */
    async reloadRecord(progress) {
        const known = this.knownProgress;
        this.knownProgress = progress[0] ? progress.join() : undefined;
        if (!known || !this.knownProgress || known === this.knownProgress) {
            return;
        }
        const {record} = this.props;
        if (!(await record.isDirty())) {
            await record.load();
        }
    }

    onPost() {
        this.state.jumpThreadPresent++;
    }
}

registry.category("fields").add("whatsapp_thread", {
    component: WhatsappThreadField,
    displayName: _t("WhatsApp chat"),
    supportedTypes: ["many2one"],
});
