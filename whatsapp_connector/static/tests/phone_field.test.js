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
    mockService,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {defineWhatsappModels, setGroups} from "./whatsapp_test_helpers";

describe.current.tags("desktop");
defineWhatsappModels();

const ARCH = "<form><field name='phone' widget='phone'/></form>";

async function openPartner(values, groups = ["user"]) {
    const pyEnv = await startServer();
    setGroups(...groups);
    const partnerId = pyEnv["res.partner"].create({name: "Laia", ...values});
    await start();
    await openFormView("res.partner", partnerId, {arch: ARCH});
    await contains(".o_field_phone");
    return partnerId;
}

test("a contact's phone number opens the chat", async () => {
    onRpc("res.partner", "action_whatsapp_open_chat", ({args}) => {
        asyncStep(`open ${args[0]}`);
        return {type: "ir.actions.client", tag: "the chat"};
    });
    const partnerId = await openPartner({phone: "+34 612 34 56 78"});
    await contains(".o_field_phone .o-whatsapp-PhoneButton", {visible: false});
    mockService("action", {doAction: ({tag}) => asyncStep(tag)});
    await click(".o-whatsapp-PhoneButton", {visible: false});
    await waitForSteps([`open ${partnerId}`, "the chat"]);
});

test("without a number there is nothing to open", async () => {
    await openPartner({phone: false});
    await contains(".o-whatsapp-PhoneButton", {visible: false, count: 0});
});

test("who may not use WhatsApp isn't offered it", async () => {
    await openPartner({phone: "+34 612 34 56 78"}, []);
    await contains(".o_phone_form_link", {visible: false});
    await contains(".o-whatsapp-PhoneButton", {visible: false, count: 0});
});

test("only contacts have a chat", async () => {
    const pyEnv = await startServer();
    setGroups("user");
    const userId = pyEnv["res.users"].create({name: "Laia", login: "+34 612 34 56 78"});
    await start();
    await openFormView("res.users", userId, {
        arch: "<form><field name='login' widget='phone'/></form>",
    });
    await contains(".o_phone_form_link", {visible: false});
    await contains(".o-whatsapp-PhoneButton", {visible: false, count: 0});
});
