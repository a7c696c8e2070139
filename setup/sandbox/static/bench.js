/** The right side: what the customer does, trouble on demand, the webhooks. */

import * as api from "./api.js";
import {byId, clockTime, h} from "./dom.js";

const FLAGS = {
    has_blocked: "has blocked the business",
    opted_out: "has opted out (STOP)",
    shares_number: "shares the number",
    on_whatsapp: "is on WhatsApp",
};

const FAULTS = {
    Sending: {
        "answers 429, again in 2 s": {
            effect: "answer",
            status: 429,
            retry_after: 2,
        },
        "answers 503": {effect: "answer", status: 503},
        "answers 500": {effect: "answer", status: 500},
        "answers 500, but it is taken": {
            effect: "answer",
            status: 500,
            taken: true,
        },
        "answers 502": {effect: "answer", status: 502},
        "hangs for 15 s": {effect: "hang", seconds: 15},
        "hangs for 15 s, but it is taken": {
            effect: "hang",
            seconds: 15,
            taken: true,
        },
        "breaks off": {effect: "reset"},
        "breaks off, but it is taken": {effect: "reset", taken: true},
    },
    "A message": {
        fails: {effect: "failed"},
        "is undelivered": {effect: "undelivered"},
        "stays at sent": {effect: "sent"},
        "is read without delivered": {effect: "read"},
    },
    "Inbound webhook": {
        "comes twice": {effect: "duplicate"},
        "comes 5 s late": {effect: "delay", seconds: 5},
        "comes after the next": {effect: "swap"},
        "never comes": {effect: "never"},
    },
    "Status webhook": {
        "comes twice": {effect: "duplicate"},
        "comes 5 s late": {effect: "delay", seconds: 5},
        "comes after the next": {effect: "swap"},
        "never comes": {effect: "never"},
    },
    "A file's download": {
        "hangs for 15 s": {effect: "hang", seconds: 15},
        "answers 503": {effect: "answer", status: 503},
    },
    "All connections": {"are refused for 5 s": {refuse: 5}},
};
const PLACES = ["send", "outcome", "inbound", "status", "media", "refuse"];
const LOG_LENGTH = 30;

/** The panel; `context` gives `contact()`, `business()` and `toast`. */
export class Bench {
    constructor(context) {
        this.context = context;
        this.choices = [];
        byId("fault").append(
            ...Object.entries(FAULTS).map(this.optionGroup.bind(this))
        );
        byId("fault-form").addEventListener("submit", (event) => {
            event.preventDefault();
            this.run(() => this.add());
        });
    }

    optionGroup([place, effects], index) {
        const options = Object.entries(effects).map(([label, values]) => {
            const on = PLACES[index];
            this.choices.push({label: `${place} ${label}`, values: {on, ...values}});
            return h("option", {value: this.choices.length - 1}, `${place} ${label}`);
        });
        return h("optgroup", {label: place}, ...options);
    }

    async add() {
        const {values} = this.choices[byId("fault").value];
        if (values.refuse) {
            await api.post("/control/refuse", {seconds: values.refuse});
            return;
        }
        const here = byId("fault-here").checked && this.context.contact();
        const only = here
            ? {
                  business: this.context.business(),
                  recipient: here.number || here.user_id,
              }
            : {};
        const times = Number(byId("fault-times").value);
        await api.post("/control/faults", {...values, ...only, times});
    }

    async run(deed) {
        try {
            await deed();
        } catch (error) {
            this.context.toast(error.message);
        }
    }

    showFaults(faults) {
        byId("faults").replaceChildren(...faults.map((fault) => this.faultNode(fault)));
    }

    faultNode(fault) {
        const onclick = () => this.run(() => api.remove(`/control/faults/${fault.id}`));
        const left = fault.times ? `${fault.times} ×` : "always";
        return h(
            "li",
            {"data-testid": "fault-item"},
            h("span", {}, this.labelOf(fault)),
            h("small", {}, [left, fault.recipient].filter(Boolean).join(", ")),
            h("button", {class: "icon close", "aria-label": "Take it back", onclick})
        );
    }

    labelOf(fault) {
        const known = this.choices.find(({values}) =>
            Object.entries(values).every(([name, value]) => fault[name] === value)
        );
        return known ? known.label : `${fault.on}: ${fault.effect}`;
    }

    showCustomer(contact) {
        byId("customer-section").hidden = !contact;
        if (!contact) {
            return;
        }
        const ids = [
            contact.number,
            contact.username && `@${contact.username}`,
            contact.user_id,
        ];
        byId("customer").replaceChildren(
            h(
                "p",
                {class: "ids"},
                ...ids.filter(Boolean).map((id) => h("span", {}, id))
            ),
            ...Object.entries(FLAGS).map(([name, label]) =>
                this.flagNode(contact, name, label)
            )
        );
    }

    flagNode(contact, name, label) {
        const onchange = (event) =>
            this.run(() =>
                api.patch(`/phone/contacts/${contact.id}`, {
                    [name]: event.target.checked,
                })
            );
        const disabled = name === "shares_number" && !contact.number;
        const checked = contact[name] && !disabled;
        const box = {
            type: "checkbox",
            checked,
            disabled,
            onchange,
            "data-testid": `flag-${name}`,
        };
        return h("label", {class: "check"}, h("input", box), label);
    }

    showWebhook(call) {
        const list = byId("webhooks");
        byId("no-webhooks").hidden = true;
        const {kind} = this.context.find(call.message) || {};
        list.prepend(
            webhookNode(call, call.kind === "inbound" ? kind : statusOf(call))
        );
        while (list.children.length > LOG_LENGTH) {
            list.lastChild.remove();
        }
    }

    clearWebhooks() {
        byId("webhooks").replaceChildren();
        byId("no-webhooks").hidden = false;
    }
}

/** The status that a call brings, in any provider's body; undefined if it has none. */
function statusOf({body}) {
    const form = new URLSearchParams(body).get("MessageStatus");
    return form || /"status":\s*"(\w+)"/.exec(body)?.[1];
}

function webhookNode(call, what) {
    const result = call.http_status || "–";
    return h(
        "li",
        {class: call.ok ? "ok" : "bad", "data-testid": "webhook-item"},
        h("span", {class: "result"}, result),
        h("span", {class: "what"}, [call.kind, what].filter(Boolean).join(" · ")),
        h("small", {}, `${Math.round(call.seconds * 1000)} ms · ${clockTime(call.at)}`),
        call.error && h("small", {class: "why"}, call.error),
        call.attempts > 1 && h("small", {class: "why"}, `${call.attempts} attempts`)
    );
}
