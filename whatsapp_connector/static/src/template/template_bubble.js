import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {url} from "@web/core/utils/urls";

import {fillText, formatText} from "./template_format";

const ICONS = {
    quick_reply: "fa-reply",
    url: "fa-external-link",
    phone: "fa-phone",
    copy_code: "fa-copy",
};

/**
 * A template as a phone draws it.
 *
 * `template` is what `whatsapp.template.variant._get_preview()` gives; its texts may
 * have placeholders, which `values` fills (by `place/name`) and highlights.
 */
export class TemplateBubble extends Component {
    static template = "whatsapp_connector.TemplateBubble";
    static props = {
        template: Object,
        values: {type: Object, optional: true},
    };

    get time() {
        return luxon.DateTime.now().toLocaleString(luxon.DateTime.TIME_SIMPLE);
    }

    get headerPieces() {
        return formatText(this.props.template.header_text, this.valuesOf("header"));
    }

    get bodyPieces() {
        return formatText(this.props.template.body, this.valuesOf("body"));
    }

    get fileUrl() {
        const {attachment_id: id} = this.props.template;
        return id && url(`/web/content/${id}`);
    }

    get buttons() {
        return (this.props.template.buttons || []).map((button, position) => ({
            ...button,
            icon: ICONS[button.kind],
            hint: fillText(button.url, this.valuesOf(`button:${position}`)),
        }));
    }

    /** Values by the name of their placeholder, at one place. */
    valuesOf(place) {
        const values = {};
        for (const [key, value] of Object.entries(this.props.values || {})) {
            if (key.startsWith(`${place}/`)) {
                values[key.slice(place.length + 1)] = value;
            }
        }
        return values;
    }

    classOf(piece) {
        const styles = piece.styles.map((style) => `o-whatsapp-${style}`);
        return [...styles, piece.isValue ? "o-whatsapp-value" : ""].join(" ");
    }
}

/** For a JSON field that holds what `_get_preview()` gives. */
export class TemplateBubbleField extends Component {
    static template = "whatsapp_connector.TemplateBubbleField";
    static components = {TemplateBubble};
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("whatsapp_template_bubble", {
    component: TemplateBubbleField,
    supportedTypes: ["json"],
});
