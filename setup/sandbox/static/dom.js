/** Builds elements and writes text, never from HTML. */

export const byId = (id) => document.getElementById(id);

/** An element: `h("button", {class: "primary", onclick}, "Send")`. */
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            element.addEventListener(name.slice(2), value);
        } else if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...children.flat().filter((child) => child || child === 0));
    return element;
}

// Letters and digits beside a mark make it an ordinary character: 2*3*4, snake_case.
const around = (mark) =>
    new RegExp(
        `(?<![\\p{L}\\p{N}${mark}])${mark}(?!\\s)([^${mark}\\n]+?)(?<!\\s)${mark}(?![\\p{L}\\p{N}${mark}])`,
        "u"
    );

const MARKS = [
    [/```([\s\S]+?)```/u, (text) => h("code", {class: "block"}, text)],
    [/`([^`\n]+)`/u, (text) => h("code", {}, text)],
    [around("\\*"), (text) => h("strong", {}, ...formatted(text))],
    [around("_"), (text) => h("em", {}, ...formatted(text))],
    [around("~"), (text) => h("s", {}, ...formatted(text))],
    [/(https?:\/\/[^\s<>"]*[^\s<>".,:;!?')\]])/u, link],
];

function link(url) {
    return h("a", {href: url, target: "_blank", rel: "noopener noreferrer"}, url);
}

/** WhatsApp's formatting as nodes. */
export function formatted(text) {
    const nodes = [];
    let rest = text;
    while (rest) {
        const found = MARKS.map(([mark, build]) => ({match: mark.exec(rest), build}))
            .filter(({match}) => match)
            .sort((a, b) => a.match.index - b.match.index)[0];
        if (!found) {
            break;
        }
        const {match, build} = found;
        nodes.push(rest.slice(0, match.index), build(match[1]));
        rest = rest.slice(match.index + match[0].length);
    }
    return [...nodes, rest].filter(Boolean);
}

export function clockTime(seconds) {
    return new Date(seconds * 1000).toLocaleTimeString([], {
        hour: "2-digit",
        minute: "2-digit",
    });
}

/** "Today", "Yesterday" or a date. */
export function dayName(seconds, now) {
    const day = new Date(seconds * 1000);
    const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
    const daysAgo = Math.round((midnight(now * 1000) - midnight(day)) / 86400000);
    if (daysAgo === 0 || daysAgo === 1) {
        return daysAgo ? "Yesterday" : "Today";
    }
    const options = {weekday: "long", day: "numeric", month: "long"};
    return day.toLocaleDateString([], options);
}

export function fileSize(bytes) {
    const units = ["B", "kB", "MB"];
    const power = Math.min(Math.floor(Math.log10(bytes || 1) / 3), 2);
    return `${(bytes / 1000 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

/** Up to two initials, for a round picture. */
export function initials(name) {
    const words = name
        .replace(/[^\p{L}\p{N}\s]/gu, " ")
        .trim()
        .split(/\s+/);
    return words
        .slice(0, 2)
        .map((word) => [...word][0] || "")
        .join("")
        .toUpperCase();
}

/** A steady colour for a name. */
export function hue(name) {
    return [...name].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 360, 7);
}

export function avatar(name) {
    const face = h("span", {class: "avatar", "aria-hidden": "true"}, initials(name));
    face.style.setProperty("--hue", hue(name));
    return face;
}
