/** WhatsApp's reviewers: the templates that were submitted, and the decisions. */

import * as api from "./api.js";
import {byId, formatted, h} from "./dom.js";

const REASONS = [
    "INVALID_FORMAT",
    "TAG_CONTENT_MISMATCH",
    "INCORRECT_CATEGORY",
    "PROMOTIONAL",
    "ABUSIVE_CONTENT",
    "SCAM",
];

/** What may be decided in a state: the button's words and the state that follows. */
const DECISIONS = {
    pending: {Approve: "approved", Reject: "rejected"},
    approved: {Pause: "paused", Disable: "disabled"},
    rejected: {"Approve after all": "approved"},
    paused: {Resume: "approved", Disable: "disabled"},
    disabled: {Restore: "approved"},
};

/** More decided templates than these are folded away. */
const FEW = 6;

/** The panel; `context` gives `toast` and `providerName`. */
export class Reviewer {
    constructor(context) {
        this.context = context;
        this.open = new Map();
        byId("rejection-reasons").append(
            ...REASONS.map((value) => h("option", {value}))
        );
    }

    show(templates) {
        const waiting = templates.filter(({status}) => status === "pending");
        const decided = templates.filter(({status}) => status !== "pending");
        const were = byId("decided-templates").children.length;
        byId("reviewer").hidden = templates.length === 0;
        byId("decided").hidden = decided.length === 0;
        byId("decided-title").textContent = `Decided: ${decided.length}`;
        if (were <= FEW && decided.length > FEW) {
            byId("decided").open = false;
        }
        this.fill(byId("templates"), waiting);
        this.fill(byId("decided-templates"), decided);
    }

    /** What didn't change stays, with the reason that somebody is typing there. */
    fill(list, templates) {
        const shown = [...list.children];
        const nodes = templates.map((template) => this.node(template));
        list.replaceChildren(
            ...nodes.map((node) => shown.find((old) => old.isEqualNode(node)) || node)
        );
    }

    node(template) {
        const {id, provider, name, language, category, status} = template;
        const isOpen = this.open.get(id) ?? status === "pending";
        const about = [category, this.context.providerName(provider), status];
        const details = h(
            "details",
            {open: isOpen},
            h(
                "summary",
                {},
                `${name} · ${language} `,
                h("small", {}, about.join(" · "))
            ),
            ...this.content(template),
            this.form(template)
        );
        details.addEventListener("toggle", () => this.open.set(id, details.open));
        return h(
            "li",
            {
                class: "template",
                "data-testid": "template-item",
                "data-id": id,
                "data-name": name,
                "data-language": language,
                "data-status": status,
            },
            details
        );
    }

    content({header, body, footer, buttons, reason}) {
        const titles = buttons.map((button) => button.title).join(" | ");
        return [
            header && h("b", {}, header),
            h("p", {class: "text"}, ...formatted(body)),
            footer && h("small", {}, footer),
            titles && h("p", {}, `[ ${titles} ]`),
            reason && h("p", {class: "why"}, reason),
        ];
    }

    form({id, status}) {
        const input = h("input", {
            list: "rejection-reasons",
            autocomplete: "off",
            "data-testid": "template-reason",
        });
        const buttons = Object.entries(DECISIONS[status]).map(([label, decision]) =>
            h(
                "button",
                {
                    type: "button",
                    class: decision === "approved" ? "primary" : "plain",
                    "data-testid": `template-${decision}`,
                    onclick: () => this.decide(id, decision, input.value),
                },
                label
            )
        );
        const reason = h("label", {}, "Reason", input);
        return h(
            "form",
            {onsubmit: (event) => event.preventDefault()},
            h("div", {class: "row"}, status === "pending" && reason, ...buttons)
        );
    }

    async decide(id, status, reason) {
        try {
            this.open.set(id, true);
            byId("decided").open = true;
            await api.post(`/control/templates/${id}/review`, {status, reason});
        } catch (error) {
            this.context.toast(error.message);
        }
    }
}
