import {
    click,
    contains,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {
    asyncStep,
    getService,
    mockService,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {createMessage, defineWhatsappModels} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

async function openTicket(hasAddress) {
    const pyEnv = await startServer();
    const id = pyEnv["helpdesk.ticket"].create({name: "Invoice"});
    await start();
    await openFormView("helpdesk.ticket", id, {
        arch: "<form><field name='name'/><chatter/></form>",
    });
    await contains(".o-mail-Chatter-logNote", {text: "Log note"});
    if (hasAddress !== undefined) {
        const {Thread} = getService("mail.store");
        Thread.insert({model: "helpdesk.ticket", id, whatsapp_has_address: hasAddress});
    }
}

test("a record without a chat sends messages as ever", async () => {
    await openTicket();
    await contains(".o-mail-Chatter-sendMessage", {text: "Send message"});
});

test("beside a chat, what isn't WhatsApp is called e-mail", async () => {
    await openTicket(true);
    await contains(".o-mail-Chatter-sendMessage[title*='not to WhatsApp']", {
        text: "Send e-mail",
    });
});

test("a contact without an address isn't offered an e-mail; notes stay", async () => {
    await openTicket(false);
    await contains(".o-mail-Chatter-sendMessage", {count: 0});
    await contains(".o-mail-Chatter-logNote", {text: "Log note"});
});

test("a record of somebody offers WhatsApp to whoever may use it", async () => {
    await openTicket();
    await contains(".o-whatsapp-Chatter-write", {count: 0});
    const {Thread} = getService("mail.store");
    const [{id}] = Object.values(Thread.records).filter(
        ({model}) => model === "helpdesk.ticket"
    );
    Thread.insert({model: "helpdesk.ticket", id, whatsapp_can_write: true});
    await contains(".o-whatsapp-Chatter-write", {text: "WhatsApp"});
    mockService("action", {
        doAction: (action, {additionalContext: context}) =>
            asyncStep(`${context.default_res_model} ${context.default_res_id}`),
    });
    await click(".o-whatsapp-Chatter-write");
    await waitForSteps([`helpdesk.ticket ${id}`]);
});

test("a line about a WhatsApp message has its ticks, and isn't answered here", async () => {
    const pyEnv = await startServer();
    const id = pyEnv["helpdesk.ticket"].create({name: "Invoice"});
    createMessage(
        id,
        {direction: "out", state: "read", kind: "template"},
        {model: "helpdesk.ticket"}
    );
    await start();
    await openFormView("helpdesk.ticket", id, {
        arch: "<form><field name='name'/><chatter/></form>",
    });
    await contains(".o-mail-Message .o-whatsapp-Message-icon");
    await contains(".o-mail-Message .o-whatsapp-Ticks[title='Read']");
    await contains(".o-mail-Message-actions [name='reply-to']", {count: 0});
    await contains(".o-mail-Message-actions [name='edit']", {count: 0});
    await contains(".o-mail-Message-actions [name='reaction']", {count: 0});
});
