import {
    SIZES,
    click,
    contains,
    openDiscuss,
    patchUiSize,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {
    Command,
    asyncStep,
    getService,
    onRpc,
    serverState,
    waitForSteps,
    withUser,
} from "@web/../tests/web_test_helpers";
import {rpc} from "@web/core/network/rpc";

import {createChat, createMessage, defineWhatsappModels} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

test("chats have a category of their own, the latest on top", async () => {
    const pyEnv = await startServer();
    createChat({name: "Yesterday", last_interest_dt: "2026-03-01 10:00:00"});
    const todayId = createChat({
        name: "Today",
        last_interest_dt: "2026-03-02 10:00:00",
    });
    pyEnv["discuss.channel"].create({name: "general", channel_type: "channel"});
    await start();
    await openDiscuss(todayId);
    await contains(".o-mail-DiscussSidebarCategory-whatsapp", {text: "WhatsApp"});
    await contains(
        ".o-mail-DiscussSidebarCategory-whatsapp ~ .o-mail-DiscussSidebarChannel-container:contains(Today) ~ .o-mail-DiscussSidebarChannel-container:contains(Yesterday)"
    );
});

test("chats of one contact with several numbers have the number's name, too", async () => {
    await startServer();
    createChat({name: "Jordi Camps"});
    for (const channel_name of ["Acme Support", "Acme Orders"]) {
        createChat({name: "Laia Vidal", chat: {channel_name, is_one_of_several: true}});
    }
    await start();
    await openDiscuss();
    for (const text of [
        "Laia Vidal · Acme Support",
        "Laia Vidal · Acme Orders",
        "Jordi Camps",
    ]) {
        await contains(".o-mail-DiscussSidebarChannel-itemName", {text});
    }
});

test("without chats there is no category", async () => {
    await startServer();
    await start();
    await openDiscuss();
    await contains(".o-mail-DiscussSidebar");
    await contains(".o-mail-DiscussSidebarCategory-whatsapp", {count: 0});
});

test("unread messages are counted as in a chat", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Laia Vidal"});
    const chatId = createChat();
    createMessage(chatId, {}, {author_id: partnerId});
    createMessage(chatId, {}, {author_id: partnerId});
    await start();
    await openDiscuss();
    await contains(".o-mail-DiscussSidebarChannel:contains(Laia Vidal) .badge", {
        text: "2",
    });
});

test("nobody is told what a colleague's browser has got", async () => {
    onRpc("discuss.channel", "channel_fetched", () => asyncStep("channel_fetched"));
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Pau"});
    const userId = pyEnv["res.users"].create({partner_id: partnerId});
    const chatId = createChat({
        channel_member_ids: [
            Command.create({partner_id: serverState.partnerId}),
            Command.create({partner_id: partnerId}),
        ],
    });
    await start();
    await openDiscuss(chatId);
    await contains(".o-whatsapp-Banner");
    await withUser(userId, () =>
        rpc("/mail/message/post", {
            post_data: {body: "Ho mirem", message_type: "comment"},
            thread_id: chatId,
            thread_model: "discuss.channel",
        })
    );
    await contains(".o-mail-Message:contains(Ho mirem)");
    await waitForSteps([]);
});

test("the chat shows the contact's picture and no call", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Laia Vidal"});
    const chatId = createChat({chat: {partner_id: partnerId}});
    await start();
    await openDiscuss(chatId);
    await contains(
        `.o-mail-DiscussContent-threadAvatar img[data-src*='/web/image/res.partner/${partnerId}/avatar_128']`
    );
    await contains(".o-mail-DiscussContent-header [title='Search Messages']");
    await contains(".o-mail-DiscussContent-header [title='Start Call']", {count: 0});
});

test("members are our people; two of them don't make it a chat between them", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Pau"});
    pyEnv["res.users"].create({partner_id: partnerId});
    const chatId = createChat({
        channel_member_ids: [
            Command.create({partner_id: serverState.partnerId}),
            Command.create({partner_id: partnerId}),
        ],
    });
    await start();
    await openDiscuss(chatId);
    await contains(".o-discuss-ChannelMember", {count: 2});
    await contains(".o-discuss-ChannelMember", {text: "Pau"});
    const thread = getService("mail.store").Thread.get({
        model: "discuss.channel",
        id: chatId,
    });
    expect(thread.correspondent).toBe(undefined);
    expect(thread.displayName).toBe("Laia Vidal");
});

test("mentions and commands aren't suggested: the contact would receive them", async () => {
    await startServer();
    const chatId = createChat();
    await start();
    await openDiscuss(chatId);
    await contains(".o-mail-Composer-input");
    const thread = getService("mail.store").Thread.get({
        model: "discuss.channel",
        id: chatId,
    });
    const delimiters = getService("mail.suggestion").getSupportedDelimiters(thread);
    expect(delimiters.map(([delimiter]) => delimiter)).toEqual(["::", ":"]);
});

test("the messaging menu marks chats among the others", async () => {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({name: "Laia Vidal"});
    createMessage(createChat(), {}, {author_id: partnerId});
    await start();
    await click(".o_menu_systray i[aria-label='Messages']");
    await contains(
        ".o-mail-NotificationItem:contains(Laia Vidal) [aria-label='WhatsApp']"
    );
    await click(".o-mail-MessagingMenu-headerFilter", {text: "Chats"});
    await contains(".o-mail-NotificationItem", {text: "Laia Vidal"});
});

test("a phone has a tab for WhatsApp", async () => {
    const pyEnv = await startServer();
    patchUiSize({size: SIZES.SM});
    const partnerId = pyEnv["res.partner"].create({name: "Laia Vidal"});
    createMessage(createChat(), {}, {author_id: partnerId});
    pyEnv["discuss.channel"].create({name: "general", channel_type: "channel"});
    await start();
    await click(".o_menu_systray i[aria-label='Messages']");
    await click(".o-mail-MessagingMenu-tab", {text: "WhatsApp1"});
    await contains(".o-mail-NotificationItem", {count: 1});
    await contains(".o-mail-NotificationItem", {text: "Laia Vidal"});
});
