import {
    click,
    contains,
    openDiscuss,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    MockServer,
    asyncStep,
    getService,
    mockService,
    patchWithCleanup,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import {user} from "@web/core/user";

import {
    broadcast,
    createChat,
    createMessage,
    defineWhatsappModels,
    expectCall,
} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

async function openMessage(whatsapp, values, {isSystem = false, hours} = {}) {
    await startServer();
    const chatId = createChat({hours});
    const messageId = createMessage(chatId, whatsapp, values);
    await start();
    patchWithCleanup(user, {isSystem});
    await openDiscuss(chatId);
    await contains(".o-mail-Message");
    return {chatId, messageId};
}

for (const [state, title, icons] of [
    ["queued", "Waiting to be sent", "fa-clock-o"],
    ["sending", "Being sent", "fa-clock-o"],
    ["sent", "Sent", "fa-check"],
    ["delivered", "Delivered", "fa-check fa-check"],
    ["read", "Read", "fa-check fa-check"],
    ["failed", "Not sent", "fa-exclamation-circle"],
    ["unknown", "Perhaps sent", "fa-question-circle"],
    ["cancelled", "Cancelled", "fa-ban"],
]) {
    test(`a message that is ${state} shows "${title}"`, async () => {
        await openMessage({direction: "out", state});
        await contains(`.o-whatsapp-Ticks[title='${title}']`);
        const ticks = document.querySelectorAll(".o-whatsapp-Ticks .fa");
        expect([...ticks].map((el) => el.classList[1]).join(" ")).toBe(icons);
    });
}

test("a scheduled message tells when it goes, and can be cancelled", async () => {
    expectCall("mail.message", "action_whatsapp_cancel");
    const {messageId} = await openMessage({
        direction: "out",
        state: "scheduled",
        scheduled_at: "2030-05-06 07:30:00",
    });
    await contains(".o-whatsapp-Ticks[title='Scheduled'] .fa-clock-o");
    await contains(".o-whatsapp-Notice:contains(Goes on May 6, 2030)");
    await click(".o-whatsapp-Notice button", {text: "Cancel"});
    await waitForSteps([`action_whatsapp_cancel ${messageId}`]);
});

test("what isn't kept can't be sent again", async () => {
    await openMessage({direction: "out", state: "failed", can_resend: false});
    await contains(".o-whatsapp-Notice .text-danger");
    await contains(".o-whatsapp-Notice button", {count: 0});
});

test("a template shows all its buttons", async () => {
    await openMessage({
        direction: "out",
        state: "sent",
        kind: "template",
        choices: [
            {kind: "quick_reply", title: "Yes", payload: "t:0"},
            {kind: "url", title: "See", payload: "t:1"},
        ],
    });
    await contains(".o-whatsapp-Notice-choices .badge", {text: "Yes"});
    await contains(".o-whatsapp-Notice-choices .badge:contains(See) .fa-external-link");
});

test("what the contact wrote has no ticks", async () => {
    await openMessage({direction: "in", state: "received"});
    await contains(".o-mail-Message-body", {text: "Bon dia"});
    await contains(".o-whatsapp-Ticks", {count: 0});
});

test("ticks follow the bus", async () => {
    const {chatId, messageId} = await openMessage({direction: "out", state: "sent"});
    await contains(".o-whatsapp-Ticks[title='Sent']");
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        whatsapp: {direction: "out", state: "read"},
    });
    await contains(".o-whatsapp-Ticks[title='Read'].o-whatsapp-read");
});

test("an answer that the bus has overtaken puts no old state back", async () => {
    const {chatId, messageId} = await openMessage({direction: "out", state: "queued"});
    const [message] = MockServer.env["mail.message"].browse(messageId);
    const old = {direction: "out", state: "queued"};
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        body: "<p>Bon vespre</p>",
        whatsapp: {
            direction: "out",
            state: "read",
            versions: {"whatsapp.message,1": 2, "whatsapp.message,2": 1},
            is_news: true,
        },
    });
    await contains(".o-whatsapp-Ticks[title='Read']");
    const store = getService("mail.store");
    store.insert({
        "mail.message": [
            {
                id: messageId,
                body: message.body,
                default_subject: "Laia Vidal",
                whatsapp: {
                    ...old,
                    versions: {"whatsapp.message,1": 1, "whatsapp.message,2": 3},
                },
            },
        ],
    });
    await animationFrame();
    await contains(".o-mail-Message:contains(Bon vespre)");
    await contains(".o-whatsapp-Ticks[title='Read']");
    expect(store["mail.message"].get(messageId).default_subject).toBe("Laia Vidal");
    store.insert({
        "mail.message": [
            {
                id: messageId,
                whatsapp: {
                    ...old,
                    versions: {"whatsapp.message,1": 2, "whatsapp.message,2": 3},
                },
            },
        ],
    });
    await contains(".o-whatsapp-Ticks[title='Waiting to be sent']");
});

test("news of an older change are news all the same", async () => {
    const {chatId, messageId} = await openMessage({
        direction: "out",
        state: "sent",
        versions: {"whatsapp.message,1": 2},
    });
    await contains(".o-whatsapp-Ticks[title='Sent']");
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        whatsapp: {
            direction: "out",
            state: "read",
            versions: {"whatsapp.message,1": 1},
            is_news: true,
        },
    });
    await contains(".o-whatsapp-Ticks[title='Read']");
});

test("ours is green and theirs is blue, whoever of us wrote", async () => {
    const pyEnv = await startServer();
    const colleagueId = pyEnv["res.partner"].create({name: "Pau"});
    const chatId = createChat();
    createMessage(chatId, {direction: "out", state: "sent"}, {author_id: colleagueId});
    createMessage(chatId, {}, {author_id: pyEnv["res.partner"].create({name: "Laia"})});
    await start();
    await openDiscuss(chatId);
    await contains(".o-mail-Message:contains(Pau) .o-mail-Message-bubble.o-green");
    await contains(".o-mail-Message:contains(Laia) .o-mail-Message-bubble.o-blue");
});

test("a failed message tells the reason and can be sent again", async () => {
    expectCall("mail.message", "action_whatsapp_resend");
    const {messageId} = await openMessage({
        direction: "out",
        state: "failed",
        code: "63024",
        reason: "This number isn't on WhatsApp.",
    });
    await contains(
        ".o-whatsapp-Notice .text-danger[title='Code 63024']:contains(This number isn't on WhatsApp.)"
    );
    await click(".o-whatsapp-Notice button", {text: "Send again"});
    await waitForSteps([`action_whatsapp_resend ${messageId}`]);
});

test("free text isn't offered to be sent again once the window is closed", async () => {
    const failed = {direction: "out", kind: "text", state: "failed"};
    await openMessage({...failed, reason: "Too late."}, {}, {hours: -1});
    await contains(".o-whatsapp-Notice .text-danger:contains(Too late.)");
    await contains(".o-whatsapp-Notice button", {count: 0});
});

test("a template may be sent again whenever", async () => {
    const failed = {direction: "out", kind: "template", state: "failed"};
    await openMessage(failed, {}, {hours: -1});
    await contains(".o-whatsapp-Notice button", {text: "Send again"});
});

test("an unknown fate is admitted, and sending again is the agent's choice", async () => {
    await openMessage({direction: "out", state: "unknown"});
    await contains(".o-whatsapp-Notice:contains(Nobody knows whether this was sent)");
    await contains(".o-whatsapp-Notice button", {text: "Send again"});
});

test("a message that stays in the queue can be cancelled", async () => {
    expectCall("mail.message", "action_whatsapp_cancel");
    const {messageId} = await openMessage({direction: "out", state: "queued"});
    await contains(".o-whatsapp-Ticks[title='Waiting to be sent']");
    await contains(".o-whatsapp-Notice button", {count: 0});
    await advanceTime(3000);
    await click(".o-whatsapp-Notice button", {text: "Cancel"});
    await waitForSteps([`action_whatsapp_cancel ${messageId}`]);
});

test("a file that is being fetched isn't a removed message", async () => {
    const {chatId, messageId} = await openMessage(
        {kind: "image", media_state: "waiting"},
        {body: ""}
    );
    await contains(".o-whatsapp-Notice:contains(Fetching file…)");
    await contains(".o-mail-Message:contains(This message has been removed)", {
        count: 0,
    });
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        whatsapp: {id: 5, kind: "image", direction: "in", media_state: "done"},
    });
    await contains(".o-whatsapp-Notice:contains(Fetching file…)", {count: 0});
});

test("a file that couldn't be fetched can be tried again", async () => {
    expectCall("whatsapp.message", "action_retry_media");
    await openMessage(
        {
            id: 5,
            kind: "image",
            media_state: "failed",
            reason: "The provider no longer has it.",
        },
        {body: ""}
    );
    await contains(".o-whatsapp-Notice:contains(The provider no longer has it.)");
    await click(".o-whatsapp-Notice button", {text: "Try again"});
    await waitForSteps(["action_retry_media 5"]);
});

test("the choices offered are shown with the text", async () => {
    await openMessage({
        direction: "out",
        state: "sent",
        kind: "buttons",
        choices: [{title: "Yes"}, {title: "No"}],
    });
    await contains(".o-whatsapp-Notice-choices .badge", {count: 2});
    await contains(".o-whatsapp-Notice-choices .badge", {text: "Yes"});
});

test("an edited message says so", async () => {
    await openMessage({edited: true});
    await contains(".o-whatsapp-Notice-edited", {text: "edited"});
});

test("the raw event of an unsupported message is for administrators", async () => {
    await openMessage({kind: "unsupported", event_id: 33});
    await contains(".o-whatsapp-Notice");
    await contains(".o-whatsapp-Notice button", {count: 0});
});

test("administrators open the raw event of an unsupported message", async () => {
    await openMessage({kind: "unsupported", event_id: 33}, {}, {isSystem: true});
    mockService("action", {
        doAction: ({res_model, res_id}) => asyncStep(`${res_model} ${res_id}`),
    });
    await click(".o-whatsapp-Notice button", {text: "Raw event"});
    await waitForSteps(["whatsapp.event 33"]);
});

test("what WhatsApp can't do isn't offered: react, edit, delete, reply", async () => {
    await openMessage({direction: "out", state: "sent"});
    await contains(".o-mail-Message-actions button[title]", {count: 4});
    const titles = [
        ...document.querySelectorAll(".o-mail-Message-actions button[title]"),
    ].map((button) => button.title);
    expect(titles).toEqual(["Add Star", "Pin", "Mark as Unread", "Copy Link"]);
});

test("replying is offered where the provider can quote", async () => {
    await startServer();
    const chatId = createChat({chat: {can_quote: true}});
    createMessage(chatId);
    await start();
    await openDiscuss(chatId);
    await contains(".o-mail-Message-actions [title='Reply']");
});
