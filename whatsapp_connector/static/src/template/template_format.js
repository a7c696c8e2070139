/** What the texts of templates look like on a phone: WhatsApp's own marks. */

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]*)\s*\}\}/g;
const PRIVATE_USE = /[\uE000-\uF8FF]/g;
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;
const MARKS = new RegExp(
    [
        "```(?<block>[^`]+)```",
        "`(?<code>[^`\\n]+)`",
        "(?<![\\p{L}\\p{N}])(?<mark>[*_~])(?=\\S)(?<inner>[^\\n]*?\\S)\\k<mark>(?![\\p{L}\\p{N}])",
    ].join("|"),
    "u"
);
const STYLES = {"*": "bold", _: "italic", "~": "strike"};

/** The names of the placeholders of a text, each once, in their order. */
export function findPlaceholders(text) {
    const names = [...(text || "").matchAll(PLACEHOLDER)].map((match) => match[1]);
    return [...new Set(names.filter(Boolean))];
}

/** The text with its placeholders replaced; those without a value stay. */
export function fillText(text, values = {}) {
    return (text || "").replace(PLACEHOLDER, (found, name) => values[name] ?? found);
}

/**
 * Pieces of a text as the phone draws it.
 *
 * A value stands in one private character until the marks are read, so that what fills
 * a gap is never taken for a mark.
 *
 * @param {string} text
 * @param {{[key: string]: string}} [values] by the name of the placeholder
 * @returns {{text: string, styles: string[], isValue: boolean}[]}
 */
export function formatText(text, values = {}) {
    const filled = [];
    const marked = (text || "")
        .replace(PRIVATE_USE, "")
        .replace(PLACEHOLDER, (found, name) => {
            if (FIRST_PRIVATE + filled.length > LAST_PRIVATE) {
                return found;
            }
            filled.push(values[name] || found);
            return String.fromCharCode(FIRST_PRIVATE + filled.length - 1);
        });
    return readMarks(marked, []).flatMap((piece) => insertValues(piece, filled));
}

function readMarks(text, styles) {
    const match = MARKS.exec(text);
    if (!match) {
        return text ? [{text, styles}] : [];
    }
    const {block, code, mark, inner} = match.groups;
    const literal = block ?? code;
    return [
        ...readMarks(text.slice(0, match.index), styles),
        ...(literal === undefined
            ? readMarks(inner, [...styles, STYLES[mark]])
            : [{text: literal, styles: [...styles, "code"]}]),
        ...readMarks(text.slice(match.index + match[0].length), styles),
    ];
}

function insertValues({text, styles}, filled) {
    const pieces = [];
    let plain = "";
    for (const char of text) {
        const place = char.charCodeAt(0) - FIRST_PRIVATE;
        if (place < 0 || place >= filled.length) {
            plain += char;
            continue;
        }
        if (plain) {
            pieces.push({text: plain, styles, isValue: false});
            plain = "";
        }
        pieces.push({text: filled[place], styles, isValue: true});
    }
    if (plain) {
        pieces.push({text: plain, styles, isValue: false});
    }
    return pieces;
}
