import {
    click,
    contains,
    insertText,
    mailModels,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, test} from "@odoo/hoot";
import {press} from "@odoo/hoot-dom";
import {advanceTime} from "@odoo/hoot-mock";
import {
    asyncStep,
    defineModels,
    fields,
    models,
    onRpc,
    waitForSteps,
} from "@web/../tests/web_test_helpers";

import {whatsappModels} from "./whatsapp_test_helpers";

describe.current.tags("desktop");

class WhatsappComposer extends models.Model {
    _name = "whatsapp.composer";

    questions = fields.Json();
    answers = fields.Json({onChange: () => asyncStep("onchange")});
    template = fields.Char({
        onChange: (record) => {
            record.answers = false;
        },
    });
}

defineModels({...mailModels, ...whatsappModels, WhatsappComposer});

const ARCH = `
    <form>
        <field name="template"/>
        <field name="questions" invisible="1"/>
        <field name="answers" widget="whatsapp_answers"/>
    </form>`;

async function openComposer() {
    const pyEnv = await startServer();
    const id = pyEnv["whatsapp.composer"].create({
        template: "Delivery",
        questions: [
            {key: "body/day", label: "Delivery day", sample: "Monday"},
            {key: "body/hour", label: "At what time", sample: "10:00"},
        ],
    });
    await start();
    await openFormView("whatsapp.composer", id, {arch: ARCH});
    await contains(".o-whatsapp-Answers label", {count: 2});
}

function answer(sample, text) {
    return insertText(`.o-whatsapp-Answers input[placeholder='${sample}']`, text);
}

test("every question has its input, and its answer is saved under its key", async () => {
    onRpc("whatsapp.composer", "web_save", ({args}) => {
        asyncStep(JSON.stringify(args[1].answers));
    });
    await openComposer();
    await answer("Monday", "Friday");
    await answer("10:00", "12:00");
    await press("Tab");
    await contains(".o-whatsapp-Answers input[placeholder='Monday']", {
        value: "Friday",
    });
    await click(".o_form_button_save");
    await waitForSteps([
        "onchange",
        "onchange",
        '{"body/day":"Friday","body/hour":"12:00"}',
    ]);
});

test("answers of one template aren't those of the next", async () => {
    await openComposer();
    await answer("Monday", "Friday");
    await advanceTime(400);
    await insertText(".o_field_widget[name=template] input", "Other", {replace: true});
    await press("Tab");
    await contains(".o-whatsapp-Answers input[placeholder='Monday']", {value: ""});
    await waitForSteps(["onchange"]);
});
