/** The pretend phone: keeps what it knows, draws it, and reacts to events. */

import * as api from "./api.js";
import {Bench} from "./bench.js";
import {chatNodes, summary} from "./bubbles.js";
import {Composer, ask, askRow} from "./composer.js";
import {Reviewer} from "./reviewer.js";
import {avatar, byId, clockTime, dayName, h, initials} from "./dom.js";

const SHOWN = ["delivered", "read", "failed", "undelivered"];
const WIDE = matchMedia("(min-width: 760px)");

const state = {
    numbers: [],
    titles: {},
    capabilities: {},
    contacts: [],
    messages: new Map(),
    contact: null,
    business: null,
    typing: null,
    clockOffset: 0,
    atEnd: true,
};

const context = {
    avatar,
    find: (id) => state.messages.get(id),
    now: () => Date.now() / 1000 + state.clockOffset,
    contact: currentContact,
    business: () => state.business,
    businessName: () => currentNumber()?.name || "the business",
    target: () => {
        state.atEnd = true;
        return {business: state.business, contact: state.contact};
    },
    reply: replyTo,
    can: (capability) =>
        state.capabilities[currentNumber()?.provider]?.includes(capability),
    providerName,
    choose: sendChoice,
    react: reactTo,
    openList: pickFromList,
    toast,
};
const composer = new Composer(context);
const bench = new Bench(context);
const reviewer = new Reviewer(context);

function replyTo(message) {
    composer.reply(message);
}

function reactTo(message, emoji) {
    return composer.send({kind: "reaction", text: emoji, reply_to: message.id});
}

// -- what the phone knows -----------------------------------------------------------------

function currentContact() {
    return state.contacts.find((contact) => contact.id === state.contact);
}

function currentNumber() {
    return state.numbers.find((number) => number.number === state.business);
}

function providerName(provider) {
    return state.titles[provider] || provider;
}

/** Business numbers by provider, both in the order of their registration. */
function numbersByProvider() {
    const groups = new Map();
    for (const number of state.numbers) {
        groups.set(number.provider, [...(groups.get(number.provider) || []), number]);
    }
    return [...groups];
}

/** Messages that a phone would show, oldest first. */
function visibleMessages(test) {
    return [...state.messages.values()]
        .filter(
            (message) =>
                message.direction === "inbound" || SHOWN.includes(message.status)
        )
        .filter(test)
        .sort((a, b) => a.seq - b.seq);
}

function chatMessages() {
    return visibleMessages(
        (message) =>
            message.contact === state.contact && message.business === state.business
    );
}

function isUnread(message) {
    return message.direction === "outbound" && message.status === "delivered";
}

/** Whether somebody looks at the open chat. */
function isLooking() {
    const inChat = WIDE.matches || document.body.dataset.view === "chat";
    return document.visibilityState === "visible" && inChat && Boolean(state.contact);
}

// -- drawing ------------------------------------------------------------------------------

function draw() {
    drawPeople();
    drawNumbers();
    drawHead();
    drawChat();
    bench.showCustomer(currentContact());
}

function drawPeople() {
    const people = state.contacts
        .map((contact) => {
            const messages = visibleMessages(
                (message) => message.contact === contact.id
            );
            return {
                contact,
                last: messages.at(-1),
                unread: messages.filter(isUnread).length,
            };
        })
        .sort((a, b) => (b.last?.seq || 0) - (a.last?.seq || 0));
    byId("people").replaceChildren(...people.map(personNode));
    byId("no-people").hidden = people.length > 0;
}

function personNode({contact, last, unread}) {
    const selected = contact.id === state.contact;
    const about = contact.number || `@${contact.username || contact.user_id}`;
    return h(
        "li",
        {},
        h(
            "button",
            {
                class: "person",
                "aria-current": selected ? "true" : null,
                "data-testid": "phone-contact",
                "data-id": contact.id,
                onclick: () => openChat(contact.id, last?.business),
            },
            avatar(contact.name),
            h("span", {class: "person-name"}, contact.name),
            h("time", {}, last ? shortTime(last.at) : ""),
            h("span", {class: "person-last"}, last ? summary(last) : about),
            unread > 0 &&
                h("span", {class: "badge", "aria-label": `${unread} unread`}, unread)
        )
    );
}

function shortTime(at) {
    const day = dayName(at, context.now());
    return day === "Today" ? clockTime(at) : day.split(/[\s,]/)[0];
}

/** Whom this customer may write to. */
function drawNumbers() {
    byId("numbers-section").hidden = state.numbers.length < 2 || !state.contact;
    byId("numbers-title").textContent = `${currentContact()?.name} writes to`;
    byId("numbers").replaceChildren(...state.numbers.map(numberNode));
}

function numberNode({number, name, provider}) {
    const unread = visibleMessages(
        (message) =>
            message.contact === state.contact &&
            message.business === number &&
            isUnread(message)
    ).length;
    return h(
        "li",
        {},
        h(
            "button",
            {
                class: "person",
                "aria-current": number === state.business ? "true" : null,
                "data-testid": "phone-number",
                "data-number": number,
                onclick: () => openChat(state.contact, number),
            },
            h(
                "span",
                {class: "avatar business", "aria-hidden": "true"},
                initials(name)
            ),
            h("span", {class: "person-name"}, name),
            h("span", {class: "person-last"}, describeNumber({number, provider})),
            unread > 0 &&
                h("span", {class: "badge", "aria-label": `${unread} unread`}, unread)
        )
    );
}

function drawHead() {
    const number = currentNumber();
    const select = byId("business");
    select.replaceChildren(
        ...numbersByProvider().map(([provider, numbers]) =>
            h("optgroup", {label: providerName(provider)}, numbers.map(optionNode))
        )
    );
    select.disabled = state.numbers.length < 2;
    byId("business-avatar").textContent = number ? initials(number.name) : "";
    byId("subtitle").textContent = isTyping() ? "typing…" : describeNumber(number);
    byId("me").textContent = currentContact() ? `as ${currentContact().name}` : "";
    document.body.classList.toggle("no-chat", !state.contact || !number);
}

function optionNode({number, name}) {
    return h("option", {value: number, selected: number === state.business}, name);
}

function describeNumber(number) {
    return number ? `${providerName(number.provider)} · ${number.number}` : "";
}

function isTyping() {
    const {typing} = state;
    return (
        typing &&
        typing.contact === state.contact &&
        typing.business === state.business &&
        typing.until > Date.now()
    );
}

function drawChat() {
    const chat = byId("chat");
    const ready = Boolean(state.contact && state.business);
    const nodes = ready ? chatNodes(chatMessages(), context) : [];
    const dots =
        isTyping() && h("div", {class: "message theirs dots", "aria-label": "typing"});
    updateChildren(chat, [...nodes, dots].filter(Boolean));
    byId("composer").hidden = !ready;
    drawCover(ready, nodes.length);
    followEnd();
}

/** Keeps the newest message in view, unless somebody scrolled up to read. */
function followEnd() {
    if (state.atEnd) {
        byId("chat").scrollTop = byId("chat").scrollHeight;
    }
}

/** Replaces only what changed, so that a playing video goes on playing. */
function updateChildren(parent, nodes) {
    nodes.forEach((node, index) => {
        const old = parent.children[index];
        if (!old) {
            parent.append(node);
        } else if (!old.isEqualNode(node)) {
            old.replaceWith(node);
        }
    });
    while (parent.children.length > nodes.length) {
        parent.lastChild.remove();
    }
}

function drawCover(ready, count) {
    const cover = byId("cover");
    cover.hidden = ready && count > 0;
    if (!state.numbers.length) {
        cover.replaceChildren(
            h("b", {}, "No business number yet"),
            h(
                "p",
                {},
                "setup/demo registers one. By hand: POST /control/<provider>/accounts."
            )
        );
    } else if (!state.contact) {
        cover.replaceChildren(
            h("b", {}, "Whose phone is it?"),
            h("p", {}, "Pick a customer, or create one.")
        );
    } else {
        cover.replaceChildren(
            h("b", {}, `Say hello to ${context.businessName()}`),
            h("p", {}, "The business can write freely for 24 hours after your message.")
        );
    }
}

// -- deeds --------------------------------------------------------------------------------

function openChat(contactId, business) {
    const contact = state.contacts.find((one) => one.id === contactId);
    if (!contact) {
        return;
    }
    if (contactId !== state.contact) {
        composer.clear();
    }
    state.contact = contactId;
    state.business = business || state.business || state.numbers[0]?.number || null;
    document.body.dataset.view = "chat";
    history.replaceState(null, "", `#${contactId}`);
    state.atEnd = true;
    draw();
    reportRead();
    if (WIDE.matches) {
        byId("input").focus();
    }
}

/** Tells that what is on the screen has been read. */
function reportRead() {
    if (isLooking() && chatMessages().some(isUnread)) {
        const {business, contact} = state;
        run(() => api.post("/phone/read", {business, contact}));
    }
}

function sendChoice(message, {id, title, description}) {
    const choice = {id, title, description};
    return composer.send({kind: "choice", choice, reply_to: message.id});
}

async function pickFromList(message) {
    const row = await askRow(message);
    if (row) {
        await sendChoice(message, row);
    }
}

/** Asks until the sandbox is content, or the person gives up. */
async function createContact() {
    const form = byId("contact-dialog").querySelector("form");
    const complaint = form.querySelector(".error");
    complaint.hidden = true;
    let values = await ask("contact-dialog");
    while (values) {
        try {
            const contact = await api.post("/phone/contacts", values);
            upsert(state.contacts, contact, "id");
            openChat(contact.id);
            form.reset();
            return;
        } catch (error) {
            complaint.textContent = error.message;
            complaint.hidden = false;
            values = await ask("contact-dialog");
        }
    }
}

async function run(deed) {
    try {
        await deed();
    } catch (error) {
        toast(error.message);
    }
}

function toast(sentence) {
    const element = byId("toast");
    element.textContent = sentence;
    element.hidden = false;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => (element.hidden = true), 5000);
}

function upsert(list, item, key) {
    const index = list.findIndex((one) => one[key] === item[key]);
    list.splice(index < 0 ? list.length : index, 1, item);
}

// -- events -------------------------------------------------------------------------------

function onMessage(message) {
    state.messages.set(message.id, message);
    if (message.direction === "outbound" && message.status === "delivered") {
        state.typing = null;
    }
    later(draw);
    reportRead();
}

function onTyping({seconds, ...chat}) {
    state.typing = {...chat, until: Date.now() + seconds * 1000};
    draw();
    setTimeout(draw, seconds * 1000 + 100);
}

/** Draws once for many events. */
function later(deed) {
    if (!later.waiting) {
        later.waiting = requestAnimationFrame(() => {
            later.waiting = null;
            deed();
        });
    }
}

function setClock({now}) {
    state.clockOffset = now - Date.now() / 1000;
}

async function loadAll() {
    const all = await api.get("/phone/state");
    setClock(all);
    state.titles = all.titles;
    state.capabilities = all.capabilities;
    state.numbers = all.numbers;
    state.contacts = all.contacts;
    state.messages = new Map(all.messages.map((message) => [message.id, message]));
    byId("odoo-link").href = all.odoo_url;
    bench.showFaults(all.faults);
    reviewer.show(all.templates);
    bench.clearWebhooks();
    all.webhooks.forEach((call) => bench.showWebhook(call));
    chooseChat();
    document.body.classList.remove("lost");
}

/** Opens the chat of the address, the one that was open, or the latest. */
function chooseChat() {
    const known = (id) => state.contacts.some((contact) => contact.id === id);
    const latest = visibleMessages(() => true).at(-1)?.contact || state.contacts[0]?.id;
    const wanted = [location.hash.slice(1), state.contact, WIDE.matches && latest].find(
        known
    );
    if (!state.numbers.some(({number}) => number === state.business)) {
        state.business = null;
    }
    state.contact = null;
    if (wanted) {
        const last = visibleMessages((message) => message.contact === wanted).at(-1);
        openChat(wanted, state.business || last?.business);
    } else {
        draw();
    }
}

byId("new-contact").addEventListener("click", createContact);
byId("business").addEventListener("change", (event) => {
    openChat(state.contact, event.target.value);
});
byId("back").addEventListener("click", () => {
    document.body.dataset.view = "people";
});
byId("open-bench").addEventListener("click", () => byId("bench").classList.add("open"));
byId("close-bench").addEventListener("click", () =>
    byId("bench").classList.remove("open")
);
let lastTop = 0;
byId("chat").addEventListener("scroll", () => {
    const {scrollHeight, scrollTop, clientHeight} = byId("chat");
    const isNear = scrollHeight - scrollTop - clientHeight < 80;
    // What grows below takes one away from the end, but nobody went up to read.
    state.atEnd = isNear || (state.atEnd && scrollTop >= lastTop);
    lastTop = scrollTop;
});
// Pictures grow when they arrive.
byId("chat").addEventListener("load", followEnd, true);
byId("chat").addEventListener("loadedmetadata", followEnd, true);
document.addEventListener("visibilitychange", reportRead);
addEventListener("focus", reportRead);

api.listen(
    {
        message: onMessage,
        contact: (contact) => {
            upsert(state.contacts, contact, "id");
            later(draw);
        },
        number: (number) => {
            upsert(state.numbers, number, "number");
            state.business = state.business || number.number;
            later(draw);
        },
        typing: onTyping,
        clock: (clock) => {
            setClock(clock);
            later(draw);
        },
        faults: (faults) => bench.showFaults(faults),
        webhook: (call) => bench.showWebhook(call),
        templates: (templates) => reviewer.show(templates),
        reset: () => run(loadAll),
    },
    () => run(loadAll),
    () => document.body.classList.add("lost")
);
