import {Component, onWillUnmount, useComponent, useState} from "@odoo/owl";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useDebounced} from "@web/core/utils/timing";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {useService} from "@web/core/utils/hooks";

import {TemplateBubble} from "./template_bubble";

const BINDING_NAMES = ["place", "name", "source", "field_path", "label", "fixed_text"];
/** WhatsApp's own text of one-time codes: ours is nowhere to be written. */
const CODE_TEXTS = {
    body: _t("*{{1}}* is your verification code."),
    advice: _t("For your security, do not share this code."),
};

/**
 * Reload the form that a component is in when the state of its template changes at
 * WhatsApp, unless it has changes that are not saved.
 *
 * @param {(root: object, payload: object) => boolean} isConcerned
 */
export function useTemplateState(isConcerned) {
    const component = useComponent();
    const bus = useService("bus_service");
    const onState = async (payload) => {
        const {model} = component.props.record;
        let record = null;
        // The reload after a button puts another record in its place.
        while (record !== model.root && isConcerned(model.root, payload)) {
            record = model.root;
            if (!(await record.isDirty())) {
                await record.load();
            }
        }
    };
    bus.subscribe("whatsapp.template/state", onState);
    onWillUnmount(() => bus.unsubscribe("whatsapp.template/state", onState));
}

/** The phone beside the editor: with sample values, or filled from a real record. */
export class TemplatePreview extends Component {
    static template = "whatsapp_connector.TemplatePreview";
    static components = {RecordSelector, TemplateBubble};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({isReal: false, resId: false, real: {}});
        this.fill = useDebounced(() => this.fillFromRecord(), 300);
        useRecordObserver((record) => {
            this.bindings = JSON.stringify(this.readBindings(record));
            if (this.state.isReal && this.bindings !== this.filledBindings) {
                this.fill();
            }
        });
        useTemplateState(
            ({resModel, resId}, {variant_id}) =>
                resModel === "whatsapp.template.variant" && resId === variant_id
        );
    }

    get data() {
        return this.props.record.data;
    }

    get model() {
        return this.data.model || false;
    }

    get variables() {
        return this.data.variable_ids.records.map((record) => record.data);
    }

    /** As `whatsapp.template.variant._get_preview()`, of what is in the form. */
    get preview() {
        const {data} = this;
        if (data.category === "authentication") {
            return this.codePreview;
        }
        return {
            header: data.header,
            header_text: data.header_text,
            header_name:
                data.report_id?.display_name ||
                data.header_attachment_id?.display_name ||
                _t("Document"),
            attachment_id: data.header_attachment_id?.id,
            place: data.header_place,
            body: data.body,
            footer: data.footer,
            buttons: this.buttons,
        };
    }

    get codePreview() {
        const {code_minutes: minutes, security_advice} = this.data;
        const advice = security_advice ? ` ${CODE_TEXTS.advice}` : "";
        return {
            header: "none",
            body: `${CODE_TEXTS.body}${advice}`,
            footer: minutes && _t("This code expires in %s minutes.", minutes),
            buttons: this.buttons,
        };
    }

    get buttons() {
        return this.data.button_ids.records.map(({data}) => ({
            kind: data.kind,
            text: data.text,
            url: data.url,
        }));
    }

    get values() {
        const {isReal, real, resId} = this.state;
        const values = {};
        for (const {place, name, sample, source, label} of this.variables) {
            const key = `${place}/${name}`;
            values[key] = sample;
            if (isReal && resId && key in real) {
                const asked = source === "free" ? `‹${label || name}›` : "";
                values[key] = real[key] || asked || `‹${_t("missing")}›`;
            }
        }
        if (this.data.category === "authentication") {
            values["body/1"] = "123456";
        }
        return values;
    }

    get missing() {
        const {isReal, real, resId} = this.state;
        if (!isReal || !resId) {
            return "";
        }
        return this.variables
            .filter(({source}) => source !== "free")
            .filter(({place, name}) => real[`${place}/${name}`] === "")
            .map(({name}) => `{{${name}}}`)
            .join(", ");
    }

    get counts() {
        const problems = this.data.problems || [];
        const errors = problems.filter(({severity}) => severity === "error").length;
        return {errors, warnings: problems.length - errors};
    }

    /** Nothing is praised that nobody has written yet. */
    get isFine() {
        const {errors, warnings} = this.counts;
        return !errors && !warnings && Boolean(this.preview.body);
    }

    readBindings(record) {
        const lines = record.data.variable_ids.records;
        return lines.map(({data}) =>
            Object.fromEntries(BINDING_NAMES.map((name) => [name, data[name]]))
        );
    }

    setReal(isReal) {
        this.state.isReal = isReal;
        if (isReal) {
            this.fillFromRecord();
        }
    }

    selectRecord(resId) {
        this.state.resId = resId;
        this.fillFromRecord();
    }

    async fillFromRecord() {
        const {resId} = this.state;
        if (!this.model || !resId) {
            return;
        }
        this.filledBindings = this.bindings;
        const real = await this.orm.call(
            "whatsapp.template.variant",
            "get_record_values",
            [
                this.model,
                resId,
                this.data.language,
                this.data.account_id?.id || false,
                JSON.parse(this.bindings),
            ]
        );
        if (resId === this.state.resId) {
            this.state.real = real;
        }
    }
}

registry.category("view_widgets").add("whatsapp_template_preview", {
    component: TemplatePreview,
});
