import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";

import {describeWindow, millisecondsLeft} from "@whatsapp_connector/core/window";

describe.current.tags("headless");
beforeEach(allowTranslations);

const now = luxon.DateTime.fromISO("2026-03-02T10:00:00");

test("the window closes a minute before WhatsApp's own", () => {
    expect(millisecondsLeft(now.plus({seconds: 61}), now)).toBeGreaterThan(0);
    expect(millisecondsLeft(now.plus({seconds: 60}), now)).not.toBeGreaterThan(0);
});

test("a contact who never wrote has opened no window", () => {
    expect(millisecondsLeft(undefined, now)).toBe(0);
    expect(describeWindow(undefined, now).text).toBe("window closed");
});

test("time left is told in hours, then in minutes, and warns at the end", () => {
    const describeIn = (duration) => {
        const {text, level} = describeWindow(
            now.plus(duration).plus({minutes: 1}),
            now
        );
        return `${text} (${level})`;
    };
    expect(describeIn({hours: 20})).toBe("20 h left (success)");
    expect(describeIn({hours: 2})).toBe("2 h left (success)");
    expect(describeIn({hours: 1, minutes: 59})).toBe("119 min left (warning)");
    expect(describeIn({minutes: 12})).toBe("12 min left (warning)");
    expect(describeIn({minutes: 0})).toBe("window closed (secondary)");
});

test("a message that came just now has opened 24 hours", () => {
    const justNow = now.minus({seconds: 5});
    expect(describeWindow(justNow.plus({hours: 24}), now).text).toBe("24 h left");
    expect(describeWindow(now.plus({hours: 23, minutes: 20}), now).text).toBe(
        "23 h left"
    );
});
