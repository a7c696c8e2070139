import {
    contains,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {getService} from "@web/../tests/web_test_helpers";

import {defineWhatsappModels} from "./whatsapp_test_helpers";

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
