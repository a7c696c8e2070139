import {
    contains,
    insertText,
    openFormView,
    setupChatHub,
    start,
    startServer,
    triggerHotkey,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {
    asyncStep,
    getService,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";
import {edit, queryOne, queryRect} from "@odoo/hoot-dom";

import {
    broadcast,
    createChat,
    createMessage,
    defineWhatsappModels,
    makeChat,
} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

const ARCH = `
    <form>
        <sheet>
            <field name="name"/>
            <field name="whatsapp_conversation_id" invisible="1"/>
            <field name="whatsapp_first_message_id" invisible="1"/>
            <field name="whatsapp_thread_id" widget="whatsapp_thread" nolabel="1"/>
        </sheet>
        <chatter/>
    </form>`;

function openTicket(ticketId) {
    return openFormView("helpdesk.ticket", ticketId, {arch: ARCH});
}

async function createTicket(chat = {}, values = {}) {
    const pyEnv = await startServer();
    const conversationId = pyEnv["whatsapp.conversation"].create({name: "Laia"});
    const chatId = createChat({
        ...chat,
        chat: {...chat.chat, conversation_id: conversationId},
    });
    const ticketId = pyEnv["helpdesk.ticket"].create({
        name: "Invoice",
        whatsapp_thread_id: chatId,
        whatsapp_conversation_id: conversationId,
        ...values,
    });
    return {pyEnv, chatId, conversationId, ticketId};
}

test("the ticket shows its chat, and the chatter keeps its own messages", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket();
    createMessage(chatId, {}, {body: "<p>from the phone</p>"});
    pyEnv["mail.message"].create({
        body: "<p>a note</p>",
        model: "helpdesk.ticket",
        res_id: ticketId,
    });
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-whatsapp-Banner-window", {
        text: "20 h left",
    });
    await contains(".o-whatsapp-ThreadField .o-mail-Message", {count: 1});
    await contains(".o-whatsapp-ThreadField .o-mail-Message:contains(from the phone)");
    await contains(".o-mail-Chatter .o-mail-Message:contains(a note)");
});

test("what is written there goes to the chat, sent by Enter", async () => {
    onRpc("/mail/message/post", async (request) => {
        const {params} = await request.json();
        asyncStep(`${params.thread_model} ${params.thread_id}`);
    });
    const {chatId, ticketId} = await createTicket();
    await start();
    await openTicket(ticketId);
    await insertText(".o-whatsapp-ThreadField .o-mail-Composer-input", "Bon dia");
    await triggerHotkey("Enter");
    await waitForSteps([`discuss.channel ${chatId}`]);
    await contains(".o-whatsapp-ThreadField .o-mail-Message:contains(Bon dia)");
});

test("who isn't a member sees new messages, too", async () => {
    const {ticketId} = await createTicket({channel_member_ids: []});
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Composer-input");
    const {Thread} = getService("mail.store");
    const thread = Object.values(Thread.records).find((record) => record.isWhatsapp);
    expect(thread.shouldSubscribeToBusChannel).toBe(true);
    expect(thread.inChathubOnNewMessage).toBe(false);
});

test("an earlier ticket opens the chat at its own part", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket({channel_member_ids: []});
    const ids = [...Array(70).keys()].map((i) =>
        createMessage(chatId, {}, {body: `<p>message ${i}</p>`})
    );
    const oldId = pyEnv["whatsapp.conversation"].create({name: "Earlier"});
    pyEnv["helpdesk.ticket"].write([ticketId], {
        whatsapp_conversation_id: oldId,
        whatsapp_first_message_id: ids[5],
    });
    await start();
    await openTicket(ticketId);
    // First what fades: it is highlighted for two seconds.
    await contains(
        ".o-whatsapp-ThreadField .o-mail-Message.o-highlighted:contains(message 5)"
    );
    await contains(".o-whatsapp-ThreadField .o-mail-Message:contains(message 0)");
});

test("messages unread since long before the ticket don't come first", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket();
    const ids = [...Array(70).keys()].map((i) =>
        createMessage(chatId, {}, {body: `<p>message ${i}</p>`})
    );
    pyEnv["helpdesk.ticket"].write([ticketId], {whatsapp_first_message_id: ids[60]});
    await start();
    await openTicket(ticketId);
    await contains(
        ".o-whatsapp-ThreadField .o-mail-Message.o-highlighted:contains(message 60)"
    );
});

test("the current ticket opens the chat at its end", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket({channel_member_ids: []});
    const ids = [...Array(40).keys()].map((i) =>
        createMessage(chatId, {}, {body: `<p>message ${i}</p>`})
    );
    pyEnv["helpdesk.ticket"].write([ticketId], {whatsapp_first_message_id: ids[0]});
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Message:contains(message 39)");
    await contains(".o-whatsapp-ThreadField .o-mail-Message.o-highlighted", {count: 0});
    const {scrollHeight, clientHeight} = queryOne(
        ".o-whatsapp-ThreadField .o-mail-Thread"
    );
    await contains(".o-whatsapp-ThreadField .o-mail-Thread", {
        scroll: scrollHeight - clientHeight,
    });
});

test("a message that moves the ticket on shows in the form", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket();
    createMessage(chatId);
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Message");
    pyEnv["helpdesk.ticket"].write([ticketId], {name: "The invoice doesn't open"});
    const thread = getService("mail.store").Thread.get({
        model: "discuss.channel",
        id: chatId,
    });
    const messageId = createMessage(chatId);
    getService("mail.store").insert({
        "mail.message": [
            {id: messageId, thread: {model: "discuss.channel", id: chatId}},
        ],
    });
    expect(thread.newestPersistentOfAllMessage.id).toBe(messageId);
    await contains(".o_field_widget[name='name'] input", {
        value: "The invoice doesn't open",
    });
});

test("an undone match shows in the form", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket({chat: {partner_id: 3}});
    createMessage(chatId);
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Message");
    pyEnv["helpdesk.ticket"].write([ticketId], {name: "Nobody's"});
    broadcast(chatId, pyEnv["discuss.channel"].browse(chatId), {
        whatsapp: makeChat({partner_id: false}),
    });
    await contains(".o_field_widget[name='name'] input", {value: "Nobody's"});
});

test("a long text leaves the count of its characters in sight", async () => {
    const {ticketId} = await createTicket();
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Composer-input");
    queryOne(".o-whatsapp-ThreadField .o-mail-Composer-input").focus();
    await edit("Long text. ".repeat(300), {instantly: true});
    await contains(".o-whatsapp-Composer-counter.text-danger");
    const {bottom: end} = queryRect(".o-whatsapp-ThreadField");
    expect(queryRect(".o-whatsapp-Composer-counter").bottom).toBeLessThan(end);
    expect(queryRect(".o-whatsapp-ThreadField .o-mail-Thread").height).toBeGreaterThan(
        50
    );
});

test("a message never overwrites what is being edited", async () => {
    onRpc("helpdesk.ticket", "web_read", () => asyncStep("web_read"));
    const {chatId, ticketId} = await createTicket();
    createMessage(chatId);
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Message");
    await waitForSteps(["web_read"]);
    await insertText(".o_field_widget[name='name'] input", "My title", {replace: true});
    const messageId = createMessage(chatId);
    getService("mail.store").insert({
        "mail.message": [
            {id: messageId, thread: {model: "discuss.channel", id: chatId}},
        ],
    });
    await contains(".o_form_button_save");
    await contains(".o_field_widget[name='name'] input", {value: "My title"});
    await waitForSteps([]);
});

test("the bubble of the chat that the form shows is out of the way", async () => {
    const {pyEnv, chatId, ticketId} = await createTicket();
    const otherId = createChat({name: "Jordi Camps"});
    const otherTicketId = pyEnv["helpdesk.ticket"].create({name: "No chat"});
    setupChatHub({folded: [chatId, otherId]});
    await start();
    await contains(".o-mail-ChatBubble", {count: 2});
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField .o-mail-Composer-input");
    await contains(".o-mail-ChatBubble", {count: 1});
    await contains(".o-mail-ChatBubble[name='Jordi Camps']");
    await openTicket(otherTicketId);
    await contains(".o-mail-ChatBubble", {count: 2});
});

test("a ticket without a chat says so", async () => {
    const {ticketId} = await createTicket({}, {whatsapp_thread_id: false});
    await start();
    await openTicket(ticketId);
    await contains(".o-whatsapp-ThreadField", {
        text: "There is no WhatsApp chat here.",
    });
});
