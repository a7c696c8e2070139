import {
    contains,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {
    defineModels,
    fields,
    models,
    serverState,
} from "@web/../tests/web_test_helpers";
import {describe, test} from "@odoo/hoot";

import {defineWhatsappModels} from "./whatsapp_test_helpers";

class WhatsappMailing extends models.Model {
    _name = "whatsapp.mailing";

    name = fields.Char();
    progress = fields.Float();
}

describe.current.tags("desktop");
defineWhatsappModels();
defineModels([WhatsappMailing]);

const ARCH = `
    <form js_class="whatsapp_mailing_form" edit="0">
        <field name="name"/>
        <field name="progress" widget="progressbar"/>
    </form>`;

test("a mass message comes along without a reload", async () => {
    const pyEnv = await startServer();
    const mailingId = pyEnv["whatsapp.mailing"].create({name: "News", progress: 40});
    await start();
    await openFormView("whatsapp.mailing", mailingId, {arch: ARCH});
    await contains(".o_progressbar", {text: "40%"});
    pyEnv["whatsapp.mailing"].write([mailingId], {progress: 75});
    const [me] = pyEnv["res.partner"].read(serverState.partnerId);
    pyEnv["bus.bus"]._sendone(me, "whatsapp.mailing/progress", {id: mailingId});
    await contains(".o_progressbar", {text: "75%"});
});
