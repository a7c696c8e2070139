/** Draws messages. */

import {clockTime, dayName, fileSize, formatted, h} from "./dom.js";

const FILE_LABELS = {
    image: "Photo",
    video: "Video",
    audio: "Audio",
    voice: "Voice note",
    document: "Document",
    sticker: "Sticker",
    location: "Location",
    contacts: "Contact card",
    reaction: "Reaction",
};

const FAILED = ["failed", "undelivered"];
const REACTIONS = ["👍", "❤", "😂", "😮", "😢", "🙏"];

/** One line that says what a message is, for quotes and for the list of chats. */
export function summary(message) {
    if (message.choice) {
        return message.choice.title;
    }
    const label = FILE_LABELS[message.kind];
    const name = message.cards[0]?.name || message.location?.name;
    const text = message.text || name || message.media?.name;
    return [label, text].filter(Boolean).join(": ") || "Message";
}

/** All messages of a chat with a separator before each day; reactions sit on theirs. */
export function chatNodes(messages, context) {
    let day = "";
    const reactions = latestReactions(messages);
    return messages
        .filter((message) => message.kind !== "reaction")
        .flatMap((message) => {
            const name = dayName(message.at, context.now());
            const separator = h("div", {class: "day"}, h("span", {}, name));
            const nodes = name === day ? [] : [separator];
            day = name;
            return [
                ...nodes,
                messageNode(message, reactions.get(message.id) || {}, context),
            ];
        });
}

/** Per message, the emoji of either side; an empty one takes the reaction back. */
function latestReactions(messages) {
    const byTarget = new Map();
    for (const {kind, reply_to: target, direction, status, text} of messages) {
        if (kind === "reaction" && !FAILED.includes(status)) {
            byTarget.set(target, {...byTarget.get(target), [direction]: text});
        }
    }
    return byTarget;
}

function messageNode(message, reactions, context) {
    if (FAILED.includes(message.status)) {
        return noticeNode(message, context);
    }
    const mine = message.direction === "inbound";
    const failed = message.delivery?.state === "failed";
    return h(
        "article",
        {
            class: `message ${mine ? "mine" : "theirs"} ${message.kind}`,
            id: `message-${message.id}`,
            "data-testid": "phone-message",
            "data-direction": message.direction,
            "data-kind": message.kind,
            "data-id": message.id,
            "data-state": mine ? message.delivery?.state : message.status,
        },
        bubble(message, context, mine),
        reactionNode(Object.values(reactions).filter(Boolean)),
        failed &&
            h("p", {class: "reason", "data-testid": "phone-failure"}, reason(message)),
        message.kind === "buttons" && buttons(message, context),
        message.kind === "list" && listButton(message, context)
    );
}

function bubble(message, context, mine) {
    return h(
        "div",
        {class: "bubble"},
        replyButton(message, context),
        context.can("reactions") && reactButton(message, context),
        message.forwarded && h("span", {class: "forwarded"}, "Forwarded"),
        quote(context.find(message.reply_to), context),
        ...content(message, context),
        h(
            "span",
            {class: "meta"},
            h("time", {}, clockTime(message.at)),
            mine && tick(message)
        )
    );
}

function content(message, context) {
    const isNamed = message.text === message.location?.name;
    const text = message.choice?.title || (isNamed ? "" : message.text);
    return [
        message.media && message.kind !== "contacts" && mediaNode(message),
        message.media_url &&
            !message.media &&
            h("p", {class: "reason"}, message.media_url),
        message.location && locationNode(message.location),
        ...message.cards.map((card) => cardNode(card, context)),
        message.header &&
            h("b", {class: "header", "data-testid": "phone-header"}, message.header),
        text &&
            h("p", {class: "text", "data-testid": "phone-text"}, ...formatted(text)),
        message.footer &&
            h(
                "small",
                {class: "footer", "data-testid": "phone-footer"},
                message.footer
            ),
    ].filter(Boolean);
}

/** What is being answered; empty without a message. */
export function quote(message, context) {
    if (!message) {
        return null;
    }
    const author = message.direction === "inbound" ? "You" : context.businessName();
    return h(
        "blockquote",
        {},
        h("b", {}, author),
        h("span", {}, summary(message).slice(0, 140))
    );
}

function mediaNode({media, kind, text}) {
    const src = `/phone/media/${media.id}`;
    const alt = text || media.name || FILE_LABELS[kind];
    if (media.content_type.startsWith("image/") && kind !== "document") {
        return h(
            "a",
            {href: src, target: "_blank", class: "picture"},
            h("img", {src, alt})
        );
    }
    if (media.content_type.startsWith("video/") && kind !== "document") {
        return h("video", {src, controls: true, preload: "metadata"});
    }
    if (kind === "audio" || kind === "voice") {
        return h("audio", {src, controls: true, preload: "metadata"});
    }
    return h(
        "a",
        {href: src, download: media.name || "file", class: "file"},
        h("span", {class: "file-type", "aria-hidden": "true"}, extension(media)),
        h("span", {class: "file-name"}, media.name || "Document"),
        h("span", {class: "file-size"}, fileSize(media.size))
    );
}

function extension(media) {
    const match = /\.([a-z0-9]{1,4})$/i.exec(media.name || "");
    return (match ? match[1] : media.content_type.split("/")[1])
        .slice(0, 4)
        .toUpperCase();
}

function locationNode({latitude, longitude, name, address}) {
    const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
    return h(
        "div",
        {class: "place"},
        h("div", {class: "map", role: "img", "aria-label": `Map at ${place}`}),
        name && h("b", {}, name),
        address && h("span", {}, address),
        h("small", {}, place)
    );
}

function cardNode({name, phone, email}, context) {
    return h(
        "div",
        {class: "card"},
        context.avatar(name),
        h("div", {}, h("b", {}, name), h("span", {}, phone || email))
    );
}

const TICKS = {
    pending: ["clock", "Sending"],
    accepted: ["tick", "Received by the business"],
    read: ["ticks", "Read by the business"],
    failed: ["alert", "Not received by the business"],
};

function tick(message) {
    const state = message.status === "read" ? "read" : message.delivery?.state;
    const [icon, label] = TICKS[state] || TICKS.pending;
    return h("span", {
        class: `tick ${icon}`,
        role: "img",
        "aria-label": label,
        title: label,
    });
}

function reason({delivery}) {
    return `Not received by Odoo: ${delivery.error || `HTTP ${delivery.http_status}`}`;
}

/** A message that never reached this phone; a real one would know nothing of it. */
function noticeNode(message, context) {
    const last = message.history[message.history.length - 1];
    return h(
        "div",
        {class: "notice", "data-testid": "phone-notice", "data-id": message.id},
        h("b", {}, `A message from ${context.businessName()} didn't arrive`),
        h("span", {class: "lost"}, `“${summary(message).slice(0, 200)}”`),
        h("span", {}, [last.code, last.error].filter(Boolean).join(": "))
    );
}

function buttons(message, context) {
    return h(
        "div",
        {class: "options"},
        ...message.options.map((option) => {
            const deeds = {
                url: () => open(option.value, "_blank", "noopener"),
                phone: () => context.toast(`A phone would call ${option.value}`),
                copy_code: () => copyCode(option.value, context),
                reply: () => context.choose(message, option),
            };
            const attributes = {
                class: `option ${option.kind}`,
                title: option.value || null,
                "data-testid": "phone-button",
                "data-kind": option.kind,
                onclick: deeds[option.kind],
            };
            return h("button", attributes, option.title);
        })
    );
}

async function copyCode(code, context) {
    try {
        await navigator.clipboard.writeText(code);
        context.toast(`Copied: ${code}`);
    } catch {
        context.toast(`A phone would copy: ${code}`);
    }
}

function listButton(message, context) {
    const onclick = () => context.openList(message);
    const attributes = {class: "option list", "data-testid": "phone-list", onclick};
    return h("div", {class: "options"}, h("button", attributes, message.list_label));
}

function reactionNode(emojis) {
    const label = `Reactions: ${emojis.join(" ")}`;
    return (
        emojis.length > 0 &&
        h("span", {class: "reactions", "aria-label": label}, ...emojis)
    );
}

function reactButton(message, context) {
    const choices = REACTIONS.map((emoji) =>
        h("button", {onclick: () => context.react(message, emoji)}, emoji)
    );
    return h(
        "details",
        {class: "react", "data-testid": "phone-react"},
        h("summary", {class: "icon emoji", "aria-label": "React to this message"}),
        h("div", {class: "panel"}, ...choices)
    );
}

function replyButton(message, context) {
    const onclick = () => context.reply(message);
    const label = "Reply to this message";
    return h("button", {
        class: "icon reply",
        "aria-label": label,
        title: label,
        "data-testid": "phone-reply",
        onclick,
    });
}
