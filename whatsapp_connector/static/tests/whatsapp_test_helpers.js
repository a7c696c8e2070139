import {DiscussChannel} from "@mail/../tests/mock_server/mock_models/discuss_channel";
import {MailMessage} from "@mail/../tests/mock_server/mock_models/mail_message";
import {mailDataHelpers} from "@mail/../tests/mock_server/mail_mock_server";
import {mailModels} from "@mail/../tests/mail_test_helpers";
import {
    Command,
    MockServer,
    asyncStep,
    defineModels,
    defineParams,
    fields,
    models,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import {serializeDateTime} from "@web/core/l10n/dates";

const {DateTime} = luxon;

class WhatsappDiscussChannel extends DiscussChannel {
    whatsapp = fields.Json();
    whatsapp_window_until = fields.Datetime();

    _channel_basic_info_fields() {
        return [
            ...super._channel_basic_info_fields(),
            "whatsapp",
            "whatsapp_window_until",
        ];
    }
    /** As on the server, whoever only reads a chat isn't a member of it. */
    _find_or_create_member_for_self(id) {
        const [channel] = this.browse(id);
        if (channel.channel_type !== "whatsapp") {
            return super._find_or_create_member_for_self(...arguments);
        }
        const [member] = this.env["discuss.channel.member"]._filter([
            ["channel_id", "=", id],
            ["partner_id", "=", this.env.user.partner_id],
        ]);
        return member;
    }
}

class WhatsappMailMessage extends MailMessage {
    whatsapp = fields.Json();

    get _to_store_defaults() {
        return [...super._to_store_defaults, "whatsapp"];
    }
}

class WhatsappConversation extends models.Model {
    _name = "whatsapp.conversation";

    name = fields.Char();
}

class HelpdeskTicket extends models.Model {
    _name = "helpdesk.ticket";
    _inherit = ["mail.thread"];

    name = fields.Char();
    whatsapp_conversation_id = fields.Many2one({relation: "whatsapp.conversation"});
    whatsapp_first_message_id = fields.Many2one({relation: "mail.message"});
    whatsapp_thread_id = fields.Many2one({relation: "discuss.channel"});
}

class WhatsappTemplate extends models.Model {
    _name = "whatsapp.template";

    name = fields.Char();
    variant_ids = fields.One2many({
        relation: "whatsapp.template.variant",
        relation_field: "template_id",
    });
}

class WhatsappTemplateVariant extends models.Model {
    _name = "whatsapp.template.variant";
    _inherit = ["mail.thread"];

    template_id = fields.Many2one({relation: "whatsapp.template"});
    account_id = fields.Many2one({relation: "res.company"});
    language = fields.Char();
    version = fields.Integer();
    state = fields.Char();
    is_enabled = fields.Boolean();
    category = fields.Char();
    model = fields.Char();
    provider_id = fields.Char();
    header = fields.Char();
    header_text = fields.Char();
    header_attachment_id = fields.Many2one({relation: "ir.attachment"});
    header_place = fields.Char();
    report_id = fields.Many2one({relation: "ir.attachment"});
    body = fields.Text();
    footer = fields.Char();
    code_minutes = fields.Integer();
    security_advice = fields.Boolean();
    problems = fields.Json();
    problem_count = fields.Integer();
    changes = fields.Json();
    button_ids = fields.One2many({
        relation: "whatsapp.template.button",
        relation_field: "variant_id",
    });
    variable_ids = fields.One2many({
        relation: "whatsapp.template.variable",
        relation_field: "variant_id",
    });
}

class WhatsappTemplateButton extends models.Model {
    _name = "whatsapp.template.button";

    variant_id = fields.Many2one({relation: "whatsapp.template.variant"});
    kind = fields.Char();
    text = fields.Char();
    url = fields.Char();
}

class WhatsappTemplateVariable extends models.Model {
    _name = "whatsapp.template.variable";

    variant_id = fields.Many2one({relation: "whatsapp.template.variant"});
    place = fields.Char();
    name = fields.Char();
    source = fields.Char();
    model = fields.Char();
    field_path = fields.Char();
    label = fields.Char();
    fixed_text = fields.Char();
    sample = fields.Char();
}

export const whatsappModels = {
    ...mailModels,
    DiscussChannel: WhatsappDiscussChannel,
    HelpdeskTicket,
    MailMessage: WhatsappMailMessage,
    WhatsappConversation,
    WhatsappTemplate,
    WhatsappTemplateButton,
    WhatsappTemplateVariable,
    WhatsappTemplateVariant,
};

export function defineWhatsappModels() {
    defineParams({suite: "whatsapp_connector"}, "replace");
    return defineModels(whatsappModels);
}

/** Give the user groups of ours. */
export function setGroups(...names) {
    const groups = names.map((name) => `whatsapp_connector.group_whatsapp_${name}`);
    onRpc("res.users", "has_group", ({args}) => groups.includes(args[1]));
}

/** Let the server accept a call, and note it as `method id {context}`. */
export function expectCall(model, method, ...contextKeys) {
    onRpc(model, method, ({args, kwargs}) => {
        const context = contextKeys.map((key) => ` ${key}=${kwargs.context[key]}`);
        asyncStep(`${method} ${args[0]}${context.join("")}`);
        return true;
    });
}

/** What `discuss.channel._whatsapp_store_values()` says of a chat in good order. */
export function makeChat(values = {}) {
    return {
        channel_name: "Acme Support",
        is_one_of_several: false,
        contact_id: 7,
        contact_name: "Laia Vidal",
        number: "+34 612 34 56 78",
        username: false,
        partner_id: false,
        ambiguous: [],
        blocked: false,
        opted_out: false,
        conversation_id: 11,
        conversation_state: "open",
        assignee_id: false,
        assignee_name: false,
        ticket_id: false,
        ticket_name: false,
        text_limit: 1600,
        can_quote: false,
        can_react: false,
        shows_typing: false,
        can_locate: false,
        buttons: 0,
        list_rows: 0,
        ...values,
    };
}

/**
 * @param {object} [values] of the `discuss.channel`
 * @param {object} [values.chat] what differs from `makeChat()`
 * @param {number} [values.hours] until the service window ends
 */
export function createChat({chat, hours = 20, ...values} = {}) {
    const until = DateTime.now().plus({hours, minutes: 2});
    return MockServer.env["discuss.channel"].create({
        name: "Laia Vidal",
        channel_type: "whatsapp",
        channel_member_ids: [Command.create({partner_id: serverState.partnerId})],
        uuid: false,
        whatsapp: makeChat(chat),
        whatsapp_window_until: serializeDateTime(until),
        ...values,
    });
}

/**
 * @param {number} channelId
 * @param {object} whatsapp what differs from a text that the contact wrote
 * @param {object} [values] of the `mail.message`
 */
export function createMessage(channelId, whatsapp = {}, values = {}) {
    return MockServer.env["mail.message"].create({
        author_id: serverState.partnerId,
        body: "<p>Bon dia</p>",
        model: "discuss.channel",
        res_id: channelId,
        message_type: "whatsapp_message",
        whatsapp: {
            id: 1,
            kind: "text",
            direction: "in",
            state: "received",
            reason: false,
            code: false,
            event_id: false,
            choices: false,
            can_react: true,
            our_emoji: false,
            reaction: false,
            deleted: false,
            edited: false,
            media_state: false,
            ...whatsapp,
        },
        ...values,
    });
}

/** Change what the client knows of a record, as the server does through the bus. */
export function broadcast(channelId, record, values) {
    const {env} = MockServer;
    const [channel] = env["discuss.channel"].browse(channelId);
    const store = new mailDataHelpers.Store(record, values);
    env["bus.bus"]._sendone(channel, "mail.record/insert", store.get_result());
}
