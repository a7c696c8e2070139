import {
    click,
    contains,
    openDiscuss,
    setupChatHub,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    MockServer,
    asyncStep,
    getService,
    mockService,
    serverState,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {serializeDateTime} from "@web/core/l10n/dates";

import {
    broadcast,
    createChat,
    defineWhatsappModels,
    expectCall,
    makeChat,
    setGroups,
} from "./whatsapp_test_helpers";

const {DateTime} = luxon;

describe.current.tags("desktop");
defineWhatsappModels();

async function openChat(values, groups = ["user", "agent"]) {
    await startServer();
    setGroups(...groups);
    const chatId = createChat(values);
    await start();
    await openDiscuss(chatId);
    await contains(".o-whatsapp-Banner");
    return chatId;
}

test("the banner tells number, contact, assignee and time left", async () => {
    await openChat({chat: {assignee_id: 99, assignee_name: "Marta"}, hours: 20});
    await contains(".o-whatsapp-Banner-window.text-bg-success", {text: "20 h left"});
    await contains(".o-whatsapp-Banner:contains(Acme Support)");
    await contains(".o-whatsapp-Banner:contains(+34 612 34 56 78)");
    await contains(".o-whatsapp-Banner-assignee", {text: "Marta"});
});

test("time left counts down to the window's end", async () => {
    await openChat({hours: 1});
    await contains(".o-whatsapp-Banner-window", {text: "61 min left"});
    await advanceTime(50 * 60 * 1000);
    await contains(".o-whatsapp-Banner-window.text-bg-warning", {text: "11 min left"});
    await advanceTime(11 * 60 * 1000);
    await contains(".o-whatsapp-Banner-window.text-bg-secondary", {
        text: "window closed",
    });
});

test("a new message from the contact opens the window again", async () => {
    const chatId = await openChat({hours: -2});
    await contains(".o-whatsapp-Banner-window", {text: "window closed"});
    broadcast(chatId, MockServer.env["discuss.channel"].browse(chatId), {
        whatsapp_window_until: serializeDateTime(DateTime.now().plus({hours: 24})),
    });
    await contains(".o-whatsapp-Banner-window", {text: "24 h left"});
});

test("an answer that the bus has overtaken closes no window", async () => {
    const chatId = await openChat({
        hours: -1,
        chat: {versions: {"whatsapp.contact,7": 1}},
    });
    await contains(".o-whatsapp-Banner-window", {text: "window closed"});
    const store = getService("mail.store");
    const thread = store.Thread.get({model: "discuss.channel", id: chatId});
    const until = thread.whatsapp_window_until;
    broadcast(chatId, MockServer.env["discuss.channel"].browse(chatId), {
        whatsapp: makeChat({
            versions: {"whatsapp.contact,7": 1, "whatsapp.conversation,11": 1},
            is_news: true,
            assignee_name: "Marta",
        }),
        whatsapp_window_until: serializeDateTime(DateTime.now().plus({hours: 24})),
    });
    await contains(".o-whatsapp-Banner-window", {text: "24 h left"});
    const whatsapp_window_until = serializeDateTime(until);
    const whatsapp = makeChat({versions: {"whatsapp.contact,7": 1}});
    const old = {id: chatId, whatsapp, whatsapp_window_until};
    store.insert({"discuss.channel": [old]});
    await animationFrame();
    await contains(".o-whatsapp-Banner-window", {text: "24 h left"});
    await contains(".o-whatsapp-Banner-assignee", {text: "Marta"});
    whatsapp.versions["whatsapp.conversation,11"] = 1;
    store.insert({"discuss.channel": [old]});
    await contains(".o-whatsapp-Banner-window", {text: "window closed"});
});

test("the ticket is one click away", async () => {
    await openChat({chat: {ticket_id: 5, ticket_name: "HT00005 - Invoice"}});
    mockService("action", {
        doAction: ({res_model, res_id}) => asyncStep(`${res_model} ${res_id}`),
    });
    await click(".o-whatsapp-Banner-ticket", {text: "HT00005 - Invoice"});
    await waitForSteps(["helpdesk.ticket 5"]);
});

test("an unassigned chat can be taken, and closed", async () => {
    expectCall("discuss.channel", "action_whatsapp_assign_to_me");
    expectCall("discuss.channel", "action_whatsapp_close");
    const chatId = await openChat();
    await contains(".o-whatsapp-Banner-assignee", {text: "Unassigned"});
    await click(".o-whatsapp-Banner-assign", {text: "Assign to me"});
    await click(".o-whatsapp-Banner-close", {text: "Close"});
    await waitForSteps([
        `action_whatsapp_assign_to_me ${chatId}`,
        `action_whatsapp_close ${chatId}`,
    ]);
});

test("one's own chat isn't offered to be taken", async () => {
    await openChat({chat: {assignee_id: serverState.userId, assignee_name: "Me"}});
    await contains(".o-whatsapp-Banner-close");
    await contains(".o-whatsapp-Banner-assign", {count: 0});
});

test("a conversation that ended can neither be taken nor closed", async () => {
    await openChat({chat: {conversation_state: "closed"}});
    await contains(".o-whatsapp-Banner-closed", {text: "Conversation closed"});
    await contains(".o-whatsapp-Banner-assign", {count: 0});
    await contains(".o-whatsapp-Banner-close", {count: 0});
});

test("blocking asks first", async () => {
    expectCall("discuss.channel", "action_whatsapp_block");
    const chatId = await openChat();
    await click(".o-whatsapp-Banner-more");
    await click(".o-dropdown-item", {text: "Block…"});
    await contains(".modal-title", {text: "Block Laia Vidal?"});
    await waitForSteps([]);
    await click(".modal-footer .btn-danger", {text: "Block"});
    await waitForSteps([`action_whatsapp_block ${chatId}`]);
});

test("a blocked contact is announced and can be unblocked", async () => {
    expectCall("discuss.channel", "action_whatsapp_unblock");
    const chatId = await openChat({chat: {blocked: true}});
    await click(".o-whatsapp-Banner-blocked button", {text: "Unblock"});
    await waitForSteps([`action_whatsapp_unblock ${chatId}`]);
    broadcast(chatId, MockServer.env["discuss.channel"].browse(chatId), {
        whatsapp: makeChat({blocked: false}),
    });
    await contains(".o-whatsapp-Banner-blocked", {count: 0});
});

test("who is no agent can't block", async () => {
    await openChat({}, ["user"]);
    await contains(".o-whatsapp-Banner-close");
    await contains(".o-whatsapp-Banner-more", {count: 0});
});

test("of several contacts with the number an agent picks one", async () => {
    expectCall("whatsapp.contact", "action_choose_partner", "partner_id");
    await openChat({
        chat: {
            contact_id: 7,
            ambiguous: [
                {id: 3, name: "María"},
                {id: 4, name: "Hernández SA"},
            ],
        },
    });
    await contains(".o-whatsapp-Banner-chooser:contains(which one is it?)");
    await click(".o-whatsapp-Banner-chooser button", {text: "Hernández SA"});
    await waitForSteps(["action_choose_partner 7 partner_id=4"]);
});

test("none of several contacts: a new one is made", async () => {
    expectCall("whatsapp.contact", "action_new_partner");
    await openChat({chat: {contact_id: 7, ambiguous: [{id: 3, name: "María"}]}});
    await click(".o-whatsapp-Banner-chooser button", {text: "None of them"});
    await waitForSteps(["action_new_partner 7"]);
});

test("a wrong match can be undone", async () => {
    expectCall("whatsapp.contact", "action_unlink_partner");
    await openChat({chat: {contact_id: 7, partner_id: 3}});
    await click(".o-whatsapp-Banner-more");
    await click(".o-dropdown-item", {text: "Not this contact…"});
    await click(".modal-footer .btn-primary", {text: "Undo the match"});
    await waitForSteps(["action_unlink_partner 7"]);
});

test("nobody known: an agent says who it is", async () => {
    await openChat({chat: {contact_id: 7}});
    mockService("action", {
        doAction: (action, {additionalContext}) =>
            asyncStep(`${action} ${additionalContext.default_contact_id}`),
    });
    await click(".o-whatsapp-Banner-search", {text: "Choose the contact"});
    await waitForSteps(["whatsapp_connector.whatsapp_match_action 7"]);
    await click(".o-whatsapp-Banner-more");
    await click(".o-dropdown-item", {text: "Choose the contact…"});
    await waitForSteps(["whatsapp_connector.whatsapp_match_action 7"]);
});

test("nobody has to be searched for among several, or who is known", async () => {
    const chatId = await openChat({chat: {ambiguous: [{id: 3, name: "María"}]}});
    await contains(".o-whatsapp-Banner-chooser");
    await contains(".o-whatsapp-Banner-search", {count: 0});
    broadcast(chatId, MockServer.env["discuss.channel"].browse(chatId), {
        whatsapp: makeChat({partner_id: 3}),
    });
    await contains(".o-whatsapp-Banner-contact");
    await contains(".o-whatsapp-Banner-search", {count: 0});
});

test("who is no agent says of nobody who they are", async () => {
    await openChat({}, ["user"]);
    await contains(".o-whatsapp-Banner-close");
    await contains(".o-whatsapp-Banner-search", {count: 0});
});

test("a chat window has the banner, too", async () => {
    await startServer();
    const chatId = createChat();
    setupChatHub({opened: [chatId]});
    await start();
    await contains(".o-mail-ChatWindow .o-whatsapp-Banner-window", {text: "20 h left"});
    await contains(".o-mail-ChatWindow .o-whatsapp-Banner-number", {
        text: "Acme Support",
    });
});

test("other channels have no banner", async () => {
    const pyEnv = await startServer();
    const channelId = pyEnv["discuss.channel"].create({name: "general"});
    await start();
    await openDiscuss(channelId);
    await contains(".o-mail-Composer-input");
    await contains(".o-whatsapp-Banner", {count: 0});
});
