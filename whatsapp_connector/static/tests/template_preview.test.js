import {
    click,
    contains,
    insertText,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {asyncStep, onRpc, waitForSteps} from "@web/../tests/web_test_helpers";

import {defineWhatsappModels} from "./whatsapp_test_helpers";
import {
    fillText,
    findPlaceholders,
    formatText,
} from "@whatsapp_connector/template/template_format";

describe.current.tags("desktop");
defineWhatsappModels();

const VARIANT_FIELDS = `
    <field name="language"/><field name="version"/><field name="state"/>
    <field name="is_enabled"/><field name="problem_count"/><field name="category"/>
    <field name="model"/><field name="account_id"/><field name="header"/>
    <field name="header_text"/><field name="header_attachment_id"/>
    <field name="report_id"/><field name="header_place"/><field name="footer"/>
    <field name="code_minutes"/><field name="security_advice"/>
    <field name="provider_id"/>
    <field name="body" widget="whatsapp_template_text"
        options="{'limit': 20, 'tools': ['bold', 'variable']}"/>
    <field name="problems" widget="whatsapp_template_problems"
        options="{'parts': ['body']}"/>
    <field name="changes" widget="whatsapp_template_changes"/>
    <field name="button_ids"><list editable="bottom"><field name="kind"/><field name="text"/>
        <field name="url"/></list></field>
    <field name="variable_ids"><list><field name="place"/><field name="name"/>
        <field name="source"/><field name="label"/><field name="model" column_invisible="1"/>
        <field name="field_path" widget="whatsapp_variable_detail"/>
        <field name="fixed_text"/><field name="sample"/></list></field>
    <button name="action_ask_review" type="object" string="Ask for review"/>
    <widget name="whatsapp_template_preview"/>`;
const VARIANT_ARCH = `<form>${VARIANT_FIELDS}</form>`;
const TEMPLATE_ARCH = `
    <form>
        <field name="name"/>
        <field name="variant_ids" widget="whatsapp_template_languages" mode="form">
            <form>${VARIANT_FIELDS}</form>
        </field>
    </form>`;

/** Pieces in a line: `text`, `[styles:text]`, `{value}`. */
function draw(text, values) {
    return formatText(text, values)
        .map((piece) => {
            const shown = piece.isValue ? `{${piece.text}}` : piece.text;
            const styles = piece.styles.join("+");
            return styles ? `[${styles}:${shown}]` : shown;
        })
        .join("");
}

function createVariant(pyEnv, values = {}) {
    return pyEnv["whatsapp.template.variant"].create({
        language: "ca",
        version: 1,
        state: "draft",
        category: "utility",
        model: "res.partner",
        header: "none",
        body: "Hola {{1}}.",
        variable_ids: [
            [
                0,
                0,
                {
                    place: "body",
                    name: "1",
                    source: "field",
                    model: "res.partner",
                    field_path: "name",
                    sample: "Laia",
                },
            ],
        ],
        ...values,
    });
}

async function openVariant(values) {
    const pyEnv = await startServer();
    const id = createVariant(pyEnv, values);
    await start();
    await openFormView("whatsapp.template.variant", id, {arch: VARIANT_ARCH});
    await contains(".o-whatsapp-Bubble");
    return pyEnv;
}

async function openTemplate(...languages) {
    const pyEnv = await startServer();
    onRpc("whatsapp.template.variant", "get_languages", () => [
        ["ca", "Catalan"],
        ["es", "Spanish"],
        ["en", "English"],
    ]);
    const ids = languages.map((values) => createVariant(pyEnv, values));
    const id = pyEnv["whatsapp.template"].create({name: "News", variant_ids: ids});
    await start();
    await openFormView("whatsapp.template", id, {arch: TEMPLATE_ARCH});
    await contains(".o-whatsapp-Languages .o-whatsapp-Bubble");
    return {pyEnv, id};
}

describe("texts", () => {
    test("WhatsApp's marks are read as a phone does", () => {
        expect(draw("a *b* _c_ ~d~ ```e```")).toBe(
            "a [bold:b] [italic:c] [strike:d] [code:e]"
        );
        expect(draw("*_both_*")).toBe("[bold+italic:both]");
        expect(draw("`*literal*`")).toBe("[code:*literal*]");
    });

    test("what only looks like a mark is left alone", () => {
        for (const text of ["2*3*4", "snake_case_name", "* no *", "*two\nlines*"]) {
            expect(draw(text)).toBe(text);
        }
    });

    test("a value is no mark, and stands out", () => {
        expect(draw("Hi *{{1}}*!", {1: "a_b_c *x*"})).toBe("Hi [bold:{a_b_c *x*}]!");
        expect(draw("Hi {{name}}")).toBe("Hi {{{name}}}");
    });

    test("placeholders are found and filled", () => {
        expect(findPlaceholders("{{2}} {{ name }} {{2}} {{}}")).toEqual(["2", "name"]);
        expect(fillText("a/{{1}}/{{2}}", {1: "x"})).toBe("a/x/{{2}}");
    });
});

describe("preview", () => {
    test("shows samples, footer and buttons", async () => {
        await openVariant({
            body: "Hola *{{1}}*.",
            footer: "Acme",
            button_ids: [[0, 0, {kind: "quick_reply", text: "D'acord"}]],
        });
        await contains(".o-whatsapp-bold.o-whatsapp-value", {text: "Laia"});
        await contains(".o-whatsapp-Bubble-footer", {text: "Acme"});
        await contains(".o-whatsapp-Bubble-button", {text: "D'acord"});
    });

    test("never takes a text for HTML", async () => {
        await openVariant({body: "<b>x</b> <img src=x onerror=alert(1)>"});
        await contains(".o-whatsapp-Bubble-body", {
            text: "<b>x</b> <img src=x onerror=alert(1)>",
        });
        await contains(".o-whatsapp-Bubble-body img", {count: 0});
    });

    test("follows what is being typed, with the count", async () => {
        await openVariant({body: "Hola", variable_ids: []});
        await contains(".o-whatsapp-Text-count", {text: "4 / 20"});
        await insertText(".o-whatsapp-Text textarea", " i *benvinguda* a tothom");
        await contains(".o-whatsapp-bold", {text: "benvinguda"});
        await contains(".o-whatsapp-Text-count.text-danger", {text: "28 / 20"});
    });

    test("a variable is added with the next number", async () => {
        await openVariant({body: "Hola {{1}} "});
        await click(".o-whatsapp-Text button", {text: "Variable"});
        await contains(".o-whatsapp-Text textarea", {value: "Hola {{1}} {{2}}"});
    });

    test("a field that fills a variable is called by its label", async () => {
        await openVariant();
        await contains("td[name='field_path']", {text: "Name"});
    });

    test("problems stand by their field, and are counted", async () => {
        await openVariant({
            problems: [
                {field: "body", severity: "error", text: "Mend this."},
                {field: "footer", severity: "warning", text: "Think of that."},
            ],
        });
        await contains(".o-whatsapp-Problems li", {count: 1, text: "Mend this."});
        await contains(".o-whatsapp-Preview .text-danger", {
            text: "1 to mend before it can be handed in",
        });
        await contains(".o-whatsapp-Preview .text-warning", {text: "1 to think about"});
    });

    test("a text that follows the rules is praised, an empty one isn't", async () => {
        const pyEnv = await openVariant();
        await contains(".o-whatsapp-Preview .text-success");
        const id = createVariant(pyEnv, {body: false, variable_ids: []});
        await openFormView("whatsapp.template.variant", id, {arch: VARIANT_ARCH});
        await contains(".o-whatsapp-Text textarea", {value: ""});
        await contains(".o-whatsapp-Preview .text-success", {count: 0});
    });

    test("a real record fills it, and says what it hasn't", async () => {
        onRpc("whatsapp.template.variant", "get_record_values", ({args}) => {
            asyncStep(`${args[0]} ${args[2]} ${args[4][0].field_path}`);
            return {"body/1": ""};
        });
        const pyEnv = await openVariant();
        pyEnv["res.partner"].create({name: "Biel Roca"});
        await click("button", {text: "With a real record"});
        await click(".o-whatsapp-Preview input");
        await click(".o-autocomplete--dropdown-item", {text: "Biel Roca"});
        await waitForSteps(["res.partner ca name"]);
        await contains(".o-whatsapp-value", {text: "‹missing›"});
        await contains(".o-whatsapp-Preview .alert", {
            text: "This record has nothing for {{1}}.",
        });
    });

    test("one-time codes show WhatsApp's own text", async () => {
        await openVariant({
            category: "authentication",
            body: false,
            security_advice: true,
            code_minutes: 5,
        });
        await contains(".o-whatsapp-bold.o-whatsapp-value", {text: "123456"});
        await contains(".o-whatsapp-Bubble-footer", {
            text: "This code expires in 5 minutes.",
        });
    });

    test("what changed since the version before is marked", async () => {
        await openVariant({
            changes: [
                {
                    part: "Text",
                    pieces: [
                        {kind: "old", text: "Bon dia"},
                        {kind: "new", text: "Hola"},
                    ],
                },
            ],
        });
        await contains(".o-whatsapp-Changes del", {text: "Bon dia"});
        await contains(".o-whatsapp-Changes ins", {text: "Hola"});
    });
});

describe("languages", () => {
    test("each has a tab, with its state", async () => {
        await openTemplate(
            {state: "approved", is_enabled: true},
            {language: "es", state: "rejected", body: "Buenos días."}
        );
        await contains(".o-whatsapp-Languages .nav-link.active", {text: "Catalan"});
        await contains(".nav-link .text-success", {count: 1});
        await contains(".nav-link .text-danger", {count: 1});
        await click(".o-whatsapp-Languages .nav-link", {text: "Spanish"});
        await contains(".o-whatsapp-Bubble-body", {text: "Buenos días."});
    });

    test("what is written in a tab is saved with the template", async () => {
        onRpc("whatsapp.template", "web_save", ({args}) => {
            const [[command, , values]] = args[1].variant_ids;
            asyncStep(`${command} ${values.body}`);
        });
        await openTemplate({body: "Hola", variable_ids: []});
        await insertText(".o-whatsapp-Text textarea", " a tothom");
        await contains(".o-whatsapp-Bubble-body", {text: "Hola a tothom"});
        await click(".o_form_button_save");
        await waitForSteps(["1 Hola a tothom"]);
    });

    test("its buttons are edited in their list", async () => {
        await openTemplate({button_ids: [[0, 0, {kind: "quick_reply", text: "Yes"}]]});
        await contains(".o-whatsapp-Text textarea");
        await click(".o_field_widget[name='button_ids'] td", {text: "Yes"});
        await insertText(".o_selected_row [name='text'] input", "No", {replace: true});
        await click(".o-whatsapp-Text textarea");
        await contains(".o-whatsapp-Bubble-button", {text: "No"});
    });

    test("a button is about the language that is open", async () => {
        onRpc("whatsapp.template.variant", "action_ask_review", ({args}) => {
            asyncStep(`review ${args[0]}`);
            return false;
        });
        const {pyEnv} = await openTemplate({}, {language: "es"});
        const [, spanishId] = pyEnv["whatsapp.template.variant"].search([]);
        await click(".o-whatsapp-Languages .nav-link", {text: "Spanish"});
        await click("button", {text: "Ask for review"});
        await waitForSteps([`review ${spanishId}`]);
        await contains(".o-whatsapp-Languages .nav-link.active", {text: "Spanish"});
    });

    test("a language is added from the open one, and opened", async () => {
        const {pyEnv, id} = await openTemplate({});
        onRpc("whatsapp.template", "add_language", ({args}) => {
            asyncStep(`add ${args.slice(0, 2)}`);
            const newId = createVariant(pyEnv, {language: args[1], body: "Hi."});
            pyEnv["whatsapp.template"].write([id], {variant_ids: [[4, newId]]});
            return newId;
        });
        await click(".o-whatsapp-Languages .nav-link", {text: "Language"});
        await contains(".o-whatsapp-Languages-menu .dropdown-item", {count: 2});
        await click(".o-whatsapp-Languages-menu .dropdown-item", {text: "English"});
        await waitForSteps([`add ${id},en`]);
        await contains(".o-whatsapp-Languages .nav-link.active", {text: "English"});
    });

    test("a state that changes at WhatsApp shows without a reload", async () => {
        const {pyEnv, id} = await openTemplate({state: "pending"});
        await contains(".nav-link .text-info");
        const [variantId] = pyEnv["whatsapp.template.variant"].search([]);
        pyEnv["whatsapp.template.variant"].write([variantId], {
            state: "approved",
            is_enabled: true,
        });
        const [partner] = pyEnv["res.partner"].read(pyEnv.user.partner_id);
        pyEnv["bus.bus"]._sendone(partner, "whatsapp.template/state", {
            template_id: id,
            variant_id: variantId,
            state: "approved",
        });
        await contains(".nav-link .text-success");
    });
});
