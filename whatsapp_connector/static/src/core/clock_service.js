import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const {DateTime} = luxon;
const PRECISION = 15_000;

/** The time, for what must be drawn again as it passes: windows that close. */
export const clockService = {
    start() {
        const clock = reactive({now: DateTime.now()});
        browser.setInterval(() => (clock.now = DateTime.now()), PRECISION);
        return clock;
    },
};

registry.category("services").add("whatsapp.clock", clockService);
