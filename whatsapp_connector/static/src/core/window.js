import {_t} from "@web/core/l10n/translation";

/** As on the server: a text sent in the last minute would arrive too late. */
const MARGIN = 60_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

/**
 * Milliseconds in which free text may still be sent; none or less: no longer.
 *
 * @param {luxon.DateTime|undefined} until end of the service window
 * @param {luxon.DateTime} now
 */
export function millisecondsLeft(until, now) {
    return until ? until.toMillis() - now.toMillis() - MARGIN : 0;
}

/**
 * Hours to the nearest one, so that a message just come has opened 24; to the minute as
 * soon as it matters.
 *
 * @param {luxon.DateTime|undefined} until
 * @param {luxon.DateTime} now
 * @returns {{ text: string, level: "success"|"warning"|"secondary" }}
 */
export function describeWindow(until, now) {
    const left = millisecondsLeft(until, now);
    if (left <= 0) {
        return {text: _t("window closed"), level: "secondary"};
    }
    if (left < 2 * HOUR) {
        const minutes = Math.ceil(left / MINUTE);
        return {text: _t("%(minutes)s min left", {minutes}), level: "warning"};
    }
    const hours = Math.round(left / HOUR);
    return {text: _t("%(hours)s h left", {hours}), level: "success"};
}
