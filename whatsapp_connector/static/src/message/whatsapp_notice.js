import {Component, useEffect, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

/** A queue that moves isn't worth a line that comes and goes. */
const PATIENCE = 3000;

const CHOICE_ICONS = {
    url: "fa-external-link",
    phone: "fa-phone",
    copy_code: "fa-copy",
};

/**
 * What has to be said about a WhatsApp message, in words, and what can be done:
 * send it again, cancel it, fetch its file once more, look at what came in.
 */
export class WhatsappNotice extends Component {
    static template = "whatsapp_connector.Notice";
    static props = ["message"];

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.clock = useState(useService("whatsapp.clock"));
        this.state = useState({isLate: false, isReactionLate: false});
        useEffect(
            (isQueued) => this.waitFor("isLate", isQueued),
            () => [this.whatsapp.state === "queued"]
        );
        useEffect(
            (isQueued) => this.waitFor("isReactionLate", isQueued),
            () => [this.whatsapp.reaction?.state === "queued"]
        );
        this.canSeeEvents = user.isSystem;
    }

    /** Start being impatient, but only where something waits. */
    waitFor(name, isQueued) {
        this.state[name] = false;
        if (isQueued) {
            const timer = browser.setTimeout(() => (this.state[name] = true), PATIENCE);
            return () => browser.clearTimeout(timer);
        }
        return undefined;
    }

    get whatsapp() {
        return this.props.message.whatsapp;
    }

    /** Free text goes again only while the chat takes free text. */
    get canResend() {
        const {can_resend, kind} = this.whatsapp;
        const {thread} = this.props.message;
        const isRefused =
            kind !== "template" &&
            thread?.isWhatsapp &&
            thread.getWhatsappRefusal(this.clock.now);
        return can_resend !== false && !isRefused;
    }

    get delivery() {
        const {code, direction, reason, state} = this.whatsapp;
        const {canResend} = this;
        if (direction !== "out") {
            return undefined;
        }
        switch (state) {
            case "failed":
                return {
                    text: reason || _t("WhatsApp could not deliver the message."),
                    title: code ? _t("Code %(code)s", {code}) : "",
                    color: "text-danger",
                    canResend,
                };
            case "unknown":
                return {
                    text:
                        reason ||
                        _t("Nobody knows whether this was sent: the answer got lost."),
                    color: "text-warning-emphasis",
                    canResend,
                };
            case "cancelled":
                return {
                    text: _t("Cancelled, not sent."),
                    color: "text-muted",
                    canResend,
                };
            case "scheduled":
                return {
                    text: _t("Goes on %(when)s.", {when: this.scheduledTime}),
                    color: "text-muted",
                    canCancel: true,
                };
            case "queued":
                return this.state.isLate
                    ? {
                          text: _t("Waiting to be sent."),
                          color: "text-muted",
                          canCancel: true,
                      }
                    : undefined;
        }
        return undefined;
    }

    /** What has to be said about our reaction to this message. */
    get reaction() {
        const {code, emoji, reason, state} = this.whatsapp.reaction || {};
        const values = {emoji, reason: reason || ""};
        switch (state) {
            case "failed":
                return {
                    text: emoji
                        ? _t("The contact didn't get %(emoji)s. %(reason)s", values)
                        : _t("The contact still sees the reaction. %(reason)s", values),
                    title: code ? _t("Code %(code)s", {code}) : "",
                    color: "text-danger",
                    canResend: true,
                };
            case "unknown":
                return {
                    text: emoji
                        ? _t("Nobody knows whether the contact got %(emoji)s.", values)
                        : _t(
                              "Nobody knows whether the contact still sees the reaction."
                          ),
                    title: values.reason,
                    color: "text-warning-emphasis",
                    canResend: true,
                };
            case "queued":
                return this.state.isReactionLate
                    ? {text: _t("The reaction waits to be sent."), color: "text-muted"}
                    : undefined;
        }
        return undefined;
    }

    get scheduledTime() {
        const at = deserializeDateTime(this.whatsapp.scheduled_at);
        return at.toLocaleString(luxon.DateTime.DATETIME_MED);
    }

    get isFetching() {
        return ["waiting", "fetching"].includes(this.whatsapp.media_state);
    }

    get isFileMissing() {
        return this.whatsapp.media_state === "failed";
    }

    get missingText() {
        return this.whatsapp.reason || _t("This file is not available.");
    }

    iconOf(choice) {
        return CHOICE_ICONS[choice.kind];
    }

    get choices() {
        const {choices, direction} = this.whatsapp;
        return direction === "out" && Array.isArray(choices) ? choices : [];
    }

    get hasRawEvent() {
        const {event_id, kind} = this.whatsapp;
        return kind === "unsupported" && event_id && this.canSeeEvents;
    }

    resend() {
        return this.orm.call("mail.message", "action_whatsapp_resend", [
            [this.props.message.id],
        ]);
    }

    resendReaction() {
        return this.orm.call("mail.message", "action_whatsapp_resend_reaction", [
            [this.props.message.id],
        ]);
    }

    cancel() {
        return this.orm.call("mail.message", "action_whatsapp_cancel", [
            [this.props.message.id],
        ]);
    }

    retryMedia() {
        return this.orm.call("whatsapp.message", "action_retry_media", [
            [this.whatsapp.id],
        ]);
    }

    openEvent() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "whatsapp.event",
            res_id: this.whatsapp.event_id,
            views: [[false, "form"]],
        });
    }
}
