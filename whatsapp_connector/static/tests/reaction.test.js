import {
    click,
    contains,
    hover,
    openDiscuss,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {advanceTime} from "@odoo/hoot-mock";
import {
    MockServer,
    asyncStep,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {
    broadcast,
    createChat,
    createMessage,
    defineWhatsappModels,
    expectCall,
} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

const MENU = ".o-mail-Message-actions [title='Add a Reaction']";

/**
 * @param {object} [options]
 * @param {object} [options.chat] what differs from a chat whose provider can react
 * @param {object} [options.whatsapp] what differs from a text that the contact wrote
 * @param {number} [options.hours] until the service window ends
 * @param {string} [options.reaction] which a colleague chose
 */
async function openMessage({chat, whatsapp, hours = 20, reaction} = {}) {
    await startServer();
    const chatId = createChat({chat: {can_react: true, ...chat}, hours});
    const messageId = createMessage(chatId, whatsapp);
    if (reaction) {
        const {env} = MockServer;
        env["mail.message.reaction"].create({
            content: reaction,
            message_id: messageId,
            partner_id: env["res.partner"].create({name: "Pau"}),
        });
    }
    onRpc("/mail/message/reaction", async (request) => {
        const {params} = await request.json();
        asyncStep(`${params.action} ${params.content}`);
        return {};
    });
    await start();
    await openDiscuss(chatId);
    await contains(".o-mail-Message-body", {text: "Bon dia"});
    return {chatId, messageId};
}

test("a reaction is offered where the contact would see it", async () => {
    await openMessage();
    await click(MENU);
    await click(".o-mail-QuickReactionMenu button", {text: "👍"});
    await waitForSteps(["add 👍"]);
});

for (const [why, options] of [
    ["the provider can't", {chat: {can_react: false}}],
    ["WhatsApp doesn't have the message", {whatsapp: {can_react: false}}],
    ["the window is closed", {hours: -1}],
    ["the contact is blocked", {chat: {blocked: true}}],
]) {
    test(`no reaction is offered where ${why}`, async () => {
        await openMessage(options);
        await contains(".o-mail-Message-actions [title='Add Star']");
        await contains(MENU, {count: 0});
    });
}

test("whoever of us reacted, it is ours: a click takes it back", async () => {
    await openMessage({
        whatsapp: {our_emoji: "👍"},
        reaction: "👍",
    });
    await hover(".o-mail-MessageReaction");
    await contains(
        ".o-mail-MessageReactionList-previewText:contains(Pau for Acme Support)"
    );
    await click(".o-mail-MessageReaction.o-selfReacted");
    await waitForSteps(["remove 👍"]);
});

test("the menu takes ours back, too", async () => {
    await openMessage({
        whatsapp: {our_emoji: "👍"},
        reaction: "👍",
    });
    await click(MENU);
    await click(".o-mail-QuickReactionMenu button", {text: "👍"});
    await waitForSteps(["remove 👍"]);
});

test("the contact's own isn't ours", async () => {
    await openMessage({reaction: "👍"});
    await contains(".o-mail-MessageReaction:not(.o-selfReacted)");
    await click(".o-mail-MessageReaction");
    await waitForSteps(["add 👍"]);
});

test("one that failed is told, and can be sent again", async () => {
    expectCall("mail.message", "action_whatsapp_resend_reaction");
    const {messageId} = await openMessage({
        whatsapp: {
            reaction: {
                emoji: "👍",
                state: "failed",
                reason: "Too old.",
                code: "131009",
            },
        },
    });
    await contains(
        ".o-whatsapp-Notice-reaction.text-danger[title='Code 131009']:contains(The contact didn't get 👍. Too old.)"
    );
    await click(".o-whatsapp-Notice-reaction button", {text: "Send again"});
    await waitForSteps([`action_whatsapp_resend_reaction ${messageId}`]);
});

test("one that couldn't be taken back is told as such", async () => {
    await openMessage({
        whatsapp: {reaction: {emoji: "", state: "failed", reason: false, code: false}},
    });
    await contains(
        ".o-whatsapp-Notice-reaction:contains(The contact still sees the reaction.)"
    );
});

test("one that stays in the queue is told after a while", async () => {
    const reaction = {emoji: "👍", reason: false, code: false};
    const {chatId, messageId} = await openMessage({
        whatsapp: {reaction: {...reaction, state: "queued"}},
    });
    await contains(".o-whatsapp-Notice");
    await contains(".o-whatsapp-Notice-reaction", {count: 0});
    await advanceTime(3000);
    await contains(
        ".o-whatsapp-Notice-reaction:contains(The reaction waits to be sent.)"
    );
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        whatsapp: {direction: "in", reaction: {...reaction, state: "unknown"}},
    });
    await contains(
        ".o-whatsapp-Notice-reaction:contains(Nobody knows whether the contact got 👍.)"
    );
});

test("ours goes from the chat when it failed", async () => {
    const {chatId, messageId} = await openMessage({
        whatsapp: {our_emoji: "👍"},
        reaction: "👍",
    });
    await contains(".o-mail-MessageReaction");
    broadcast(chatId, MockServer.env["mail.message"].browse(messageId), {
        reactions: [],
        whatsapp: {direction: "in", our_emoji: false},
    });
    await contains(".o-mail-MessageReaction", {count: 0});
});
