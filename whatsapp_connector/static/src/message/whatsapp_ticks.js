import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

const TICKS = {
    scheduled: {icons: ["fa-clock-o"], title: _t("Scheduled")},
    queued: {icons: ["fa-clock-o"], title: _t("Waiting to be sent")},
    sending: {icons: ["fa-clock-o"], title: _t("Being sent")},
    sent: {icons: ["fa-check"], title: _t("Sent")},
    delivered: {icons: ["fa-check", "fa-check"], title: _t("Delivered")},
    read: {
        icons: ["fa-check", "fa-check"],
        title: _t("Read"),
        color: "o-whatsapp-read",
    },
    failed: {
        icons: ["fa-exclamation-circle"],
        title: _t("Not sent"),
        color: "text-danger",
    },
    unknown: {
        icons: ["fa-question-circle"],
        title: _t("Perhaps sent"),
        color: "text-warning",
    },
    cancelled: {icons: ["fa-ban"], title: _t("Cancelled")},
};

/** How far one of our messages got: the ticks that everybody knows. */
export class WhatsappTicks extends Component {
    static template = "whatsapp_connector.Ticks";
    static props = ["message"];

    get tick() {
        const {direction, state} = this.props.message.whatsapp ?? {};
        return direction === "out" ? TICKS[state] : undefined;
    }
}
