import {
    click,
    contains,
    insertText,
    openDiscuss,
    start,
    startServer,
    triggerHotkey,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {Deferred, advanceTime} from "@odoo/hoot-mock";
import {
    asyncStep,
    makeServerError,
    mockService,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {createChat, createMessage, defineWhatsappModels} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

async function openChat(values) {
    await startServer();
    const chatId = createChat(values);
    await start();
    await openDiscuss(chatId);
    await contains(".o-whatsapp-Banner");
    return chatId;
}

test("inside the window one writes as anywhere", async () => {
    onRpc("/mail/message/post", () => asyncStep("post"));
    await openChat();
    await contains(
        ".o-mail-Composer-input[placeholder='Write to Laia Vidal on WhatsApp…']"
    );
    await contains(".o-whatsapp-Composer-refusal", {count: 0});
    await insertText(".o-mail-Composer-input", "Bon dia");
    await triggerHotkey("Enter");
    await waitForSteps(["post"]);
});

test("outside the window the composer gives way to the reason", async () => {
    await openChat({hours: -2});
    await contains(
        ".o-whatsapp-Composer-refusal:contains(The 24 hours in which WhatsApp allows free text ended on)"
    );
    await contains(
        ".o-whatsapp-Composer-refusal:contains(Until Laia Vidal writes again, only a template can be sent.)"
    );
    await contains(".o-mail-Composer-input", {count: 0});
});

async function expectComposer(selector) {
    mockService("action", {
        doAction: (action, {additionalContext}) =>
            asyncStep(`${action} ${JSON.stringify(additionalContext)}`),
    });
    await click(selector);
}

test("outside the window a template is one click away", async () => {
    const chatId = await openChat({hours: -2});
    await expectComposer(".o-whatsapp-Composer-template");
    await waitForSteps([
        `whatsapp_connector.whatsapp_composer_action {"default_thread_id":${chatId},"default_mode":"template"}`,
    ]);
});

test("inside the window a template is among the composer's actions", async () => {
    const chatId = await openChat();
    await click(".o-mail-Composer button[title='More Actions']");
    await expectComposer(".o-dropdown-item[name='whatsapp-template']");
    await waitForSteps([
        `whatsapp_connector.whatsapp_composer_action {"default_thread_id":${chatId},"default_mode":"template"}`,
    ]);
});

test("who is blocked gets no template either", async () => {
    await openChat({chat: {blocked: true}});
    await contains(".o-whatsapp-Composer-refusal");
    await contains(".o-whatsapp-Composer-template", {count: 0});
});

for (const [name, values, reason] of [
    [
        "never wrote",
        {whatsapp_window_until: false},
        "Laia Vidal has not written to you yet.",
    ],
    ["is blocked", {chat: {blocked: true}}, "Laia Vidal is blocked."],
    [
        "opted out",
        {chat: {opted_out: true}},
        "Laia Vidal asked for no more WhatsApp messages.",
    ],
]) {
    test(`nothing can be written to a contact who ${name}`, async () => {
        await openChat(values);
        await contains(`.o-whatsapp-Composer-refusal:contains(${reason})`);
        await contains(".o-mail-Composer-input", {count: 0});
    });
}

test("a text being written when the window closes stays, but can't be sent", async () => {
    onRpc("/mail/message/post", () => asyncStep("post"));
    await openChat({hours: 1});
    await insertText(".o-mail-Composer-input", "Bon dia");
    await advanceTime(62 * 60 * 1000);
    await contains(".o-whatsapp-Composer-refusal");
    await contains(".o-mail-Composer-input", {value: "Bon dia"});
    await contains(".o-mail-Composer button[name='send-message']:disabled");
    await triggerHotkey("Enter");
    await advanceTime(1000);
    await waitForSteps([]);
});

test("near the limit characters are counted, beyond it nothing is sent", async () => {
    onRpc("/mail/message/post", () => asyncStep("post"));
    await openChat({chat: {text_limit: 20}});
    await insertText(".o-mail-Composer-input", "0123456789");
    await contains(".o-mail-Composer button[name='send-message']:enabled");
    await contains(".o-whatsapp-Composer-counter", {count: 0});
    await insertText(".o-mail-Composer-input", "01234567😀");
    await contains(".o-whatsapp-Composer-counter.text-muted", {text: "19 / 20"});
    await insertText(".o-mail-Composer-input", "89");
    await contains(".o-whatsapp-Composer-counter.text-danger", {text: "21 / 20"});
    await contains(".o-mail-Composer button[name='send-message']:disabled");
    await triggerHotkey("Enter");
    await advanceTime(1000);
    await waitForSteps([]);
});

test("what the server refuses comes back with the reason", async () => {
    onRpc("/mail/message/post", () => {
        throw makeServerError({
            type: "UserError",
            description: "The 24 hours ended a minute ago.",
        });
    });
    await openChat();
    await insertText(".o-mail-Composer-input", "Bon dia");
    await triggerHotkey("Enter");
    await contains(
        ".o-whatsapp-Composer-error:contains(The 24 hours ended a minute ago.)"
    );
    await contains(".o-mail-Composer-input", {value: "Bon dia"});
    await contains(".o-mail-Message", {count: 0});
    await click(".o-whatsapp-Composer-error button");
    await contains(".o-whatsapp-Composer-error", {count: 0});
});

test("what was written meanwhile isn't lost when a text comes back", async () => {
    const refusal = new Deferred();
    onRpc("/mail/message/post", async () => {
        await refusal;
        throw makeServerError({type: "UserError", description: "No."});
    });
    await openChat();
    await insertText(".o-mail-Composer-input", "first");
    await triggerHotkey("Enter");
    await contains(".o-mail-Message:contains(first)");
    await insertText(".o-mail-Composer-input", "second");
    refusal.resolve();
    await contains(".o-whatsapp-Composer-error:contains(No.)");
    await contains(".o-mail-Composer-input", {value: "first\nsecond"});
});

test("a post that the network lost can be tried again, as elsewhere", async () => {
    let fails = true;
    onRpc("/mail/message/post", () => {
        asyncStep("post");
        if (fails) {
            fails = false;
            throw makeServerError({type: "OperationalError", description: "oops"});
        }
    });
    await openChat();
    await insertText(".o-mail-Composer-input", "Bon dia");
    await triggerHotkey("Enter");
    await click("[title='Failed to post the message. Click to retry']");
    await waitForSteps(["post", "post"]);
});

test("buttons, lists and locations are offered where the provider can", async () => {
    const chatId = await openChat({
        chat: {buttons: 3, list_rows: 10, can_locate: true},
    });
    mockService("action", {
        doAction: (action, {additionalContext}) =>
            asyncStep(`${action} ${additionalContext.default_thread_id}`),
    });
    await click(".o-mail-Composer button[name='more-actions']");
    await click(".o-dropdown-item", {text: "Send buttons, a list, or a location"});
    await waitForSteps([`whatsapp_connector.whatsapp_interactive_action ${chatId}`]);
});

test("what the provider can't carry isn't offered", async () => {
    await openChat({chat: {can_locate: true}});
    await click(".o-mail-Composer button[name='more-actions']");
    await contains(".o-dropdown-item", {text: "Send a location"});
    await contains(".o-dropdown-item:contains(buttons)", {count: 0});
});

test("a text that looks like a command is sent as it is", async () => {
    onRpc("discuss.channel", "execute_command_leave", () => asyncStep("leave"));
    onRpc("/mail/message/post", () => asyncStep("post"));
    await openChat();
    await insertText(".o-mail-Composer-input", "/leave");
    await triggerHotkey("Enter");
    await waitForSteps(["post"]);
});

/** Note when the server hears that somebody writes; that they stopped is no matter. */
function noteTyping() {
    onRpc("/discuss/channel/notify_typing", async (request) => {
        const {params} = await request.json();
        if (params.is_typing) {
            asyncStep("typing");
        }
    });
}

for (const [shows, steps] of [
    [true, ["typing", "typing"]],
    [false, ["typing"]],
]) {
    test(`who writes on is told of again if the contact sees it: ${shows}`, async () => {
        noteTyping();
        await openChat({chat: {shows_typing: shows}});
        await insertText(".o-mail-Composer-input", "B");
        for (let seconds = 0; seconds < 24; seconds += 4) {
            await advanceTime(4000);
            await insertText(".o-mail-Composer-input", "on dia ");
        }
        await waitForSteps(steps);
    });
}

test("to be seen typing one must be a member", async () => {
    noteTyping();
    await openChat({channel_member_ids: []});
    await insertText(".o-mail-Composer-input", "Bon dia");
    await contains(".o-mail-Composer-input", {value: "Bon dia"});
    await waitForSteps([]);
});

test("the contact doesn't see that a note is edited", async () => {
    noteTyping();
    await startServer();
    const chatId = createChat({chat: {shows_typing: true}});
    createMessage(chatId, {}, {message_type: "comment", whatsapp: false});
    await start();
    await openDiscuss(chatId);
    await click(".o-mail-Message-actions [title='Edit']");
    await insertText(".o-mail-Message .o-mail-Composer-input", "I més");
    await contains(".o-mail-Message .o-mail-Composer-input:value(I més)");
    await waitForSteps([]);
});
