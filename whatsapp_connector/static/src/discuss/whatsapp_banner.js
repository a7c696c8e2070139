import {Component, onWillStart, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

import {describeWindow} from "../core/window";

/**
 * How the chat stands, and what can be done about it: above its messages, wherever
 * they are shown.
 *
 * @typedef {object} Props
 * @property {import("models").Thread} thread
 * @property {number} [ticketId] of the form around it, which needs no link to itself
 */
export class WhatsappBanner extends Component {
    static template = "whatsapp_connector.Banner";
    static components = {Dropdown, DropdownItem};
    static props = ["thread", "ticketId?"];

    setup() {
        this.store = useService("mail.store");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.clock = useState(useService("whatsapp.clock"));
        this.state = useState({isAgent: false});
        onWillStart(() => {
            user.hasGroup("whatsapp_connector.group_whatsapp_agent").then(
                (isAgent) => (this.state.isAgent = isAgent)
            );
        });
    }

    get chat() {
        return this.props.thread.whatsapp ?? {};
    }

    get windowState() {
        return describeWindow(this.props.thread.whatsapp_window_until, this.clock.now);
    }

    get windowTitle() {
        return _t(
            "Service window: WhatsApp allows free text within 24 hours after the contact's last message."
        );
    }

    /** A small window has its title close by, and no room to say a thing twice. */
    get isNumberInTitle() {
        return this.env.inChatWindow && this.chat.is_one_of_several;
    }

    get isActive() {
        return ["waiting", "open", "expired"].includes(this.chat.conversation_state);
    }

    get isMine() {
        return this.chat.assignee_id === user.userId;
    }

    get isNobody() {
        return !this.chat.partner_id && !this.chat.ambiguous?.length;
    }

    get hasTicketLink() {
        return this.chat.ticket_id && this.chat.ticket_id !== this.props.ticketId;
    }

    openTicket() {
        return this.openForm("helpdesk.ticket", this.chat.ticket_id);
    }

    openContact() {
        return this.openForm("res.partner", this.chat.partner_id);
    }

    openForm(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    assignToMe() {
        return this.callThread("action_whatsapp_assign_to_me");
    }

    close() {
        return this.callThread("action_whatsapp_close");
    }

    block() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Block %(name)s?", {name: this.chat.contact_name}),
            body: _t(
                "The chat is closed. What they write from now on opens no ticket and alerts nobody. You can unblock them at any time."
            ),
            confirmLabel: _t("Block"),
            confirmClass: "btn-danger",
            confirm: () => this.callThread("action_whatsapp_block"),
            cancel: () => undefined,
        });
    }

    unblock() {
        return this.callThread("action_whatsapp_unblock");
    }

    choosePartner(partnerId) {
        return this.callContact("action_choose_partner", {partner_id: partnerId});
    }

    createPartner() {
        return this.callContact("action_new_partner");
    }

    /** Nobody is known, and there is no choice of few: search for them. */
    searchPartner() {
        return this.action.doAction("whatsapp_connector.whatsapp_match_action", {
            additionalContext: {default_contact_id: this.chat.contact_id},
        });
    }

    unlinkPartner() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Is this not %(name)s?", {name: this.chat.contact_name}),
            body: _t(
                "The chat and its open ticket are taken away from this contact. Nothing is deleted."
            ),
            confirmLabel: _t("Undo the match"),
            confirm: () => this.callContact("action_unlink_partner"),
            cancel: () => undefined,
        });
    }

    callThread(method) {
        return this.orm.call("discuss.channel", method, [[this.props.thread.id]]);
    }

    callContact(method, context = {}) {
        return this.orm.call("whatsapp.contact", method, [[this.chat.contact_id]], {
            context,
        });
    }
}
