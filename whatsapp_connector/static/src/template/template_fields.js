import {CharField, charField} from "@web/views/fields/char/char_field";
import {Component, onWillUnmount, useRef} from "@odoo/owl";
import {
    FieldSelectorField,
    fieldSelectorField,
} from "@web/views/fields/field_selector/field_selector_field";
import {
    SelectionField,
    selectionField,
} from "@web/views/fields/selection/selection_field";
import {FileInput} from "@web/core/file_input/file_input";
import {ModelFieldSelector} from "@web/core/model_field_selector/model_field_selector";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {url} from "@web/core/utils/urls";
import {useAutoresize} from "@web/core/utils/autoresize";
import {useDebounced} from "@web/core/utils/timing";
import {useInputField} from "@web/views/fields/input_field_hook";
import {useService} from "@web/core/utils/hooks";

import {findPlaceholders} from "./template_format";

const fields = registry.category("fields");

// -- problems -------------------------------------------------------------------------

/** What WhatsApp would refuse in some parts of a template, and how to mend it. */
export class TemplateProblems extends Component {
    static template = "whatsapp_connector.TemplateProblems";
    static props = {...standardFieldProps, parts: {type: Array, optional: true}};

    get problems() {
        const {name, parts, record} = this.props;
        const problems = record.data[name] || [];
        return problems
            .filter(({field}) => !parts || parts.includes(field))
            .map((problem, key) => ({...problem, key}));
    }
}

fields.add("whatsapp_template_problems", {
    component: TemplateProblems,
    supportedTypes: ["json"],
    extractProps: ({options}) => ({parts: options.parts}),
});

// -- what differs from the version before ---------------------------------------------

export class TemplateChanges extends Component {
    static template = "whatsapp_connector.TemplateChanges";
    static props = {...standardFieldProps};

    get changes() {
        return this.props.record.data[this.props.name] || [];
    }
}

fields.add("whatsapp_template_changes", {
    component: TemplateChanges,
    supportedTypes: ["json"],
});

// -- languages and their states, in a list --------------------------------------------

const COLORS = {
    approved: "success",
    deleted: "secondary",
    disabled: "danger",
    draft: "secondary",
    paused: "warning",
    pending: "info",
    ready: "info",
    rejected: "danger",
    replaced: "secondary",
    review: "primary",
    submitted: "info",
};
const LABELS = {
    approved: _t("approved"),
    deleted: _t("deleted at WhatsApp"),
    disabled: _t("disabled by WhatsApp"),
    draft: _t("draft"),
    paused: _t("paused by WhatsApp"),
    pending: _t("in review at WhatsApp"),
    ready: _t("ready to be submitted"),
    rejected: _t("rejected"),
    replaced: _t("replaced"),
    review: _t("in review here"),
    submitted: _t("being submitted"),
};

/** What one language is like, in a word and a colour. */
export function describeState({state, is_enabled}) {
    if (state === "approved" && is_enabled === false) {
        return {color: "warning", label: _t("approved, not enabled")};
    }
    return {color: COLORS[state] || "secondary", label: LABELS[state] || state};
}

export class TemplateStates extends Component {
    static template = "whatsapp_connector.TemplateStates";
    static props = {...standardFieldProps};

    get languages() {
        const {records} = this.props.record.data[this.props.name];
        return records.map(({id, data}) => ({
            id,
            code: data.language,
            ...describeState(data),
        }));
    }
}

fields.add("whatsapp_template_states", {
    component: TemplateStates,
    supportedTypes: ["one2many"],
    relatedFields: [
        {name: "language", type: "char", readonly: true},
        {name: "state", type: "char", readonly: true},
        {name: "is_enabled", type: "boolean", readonly: true},
    ],
});

// -- text -----------------------------------------------------------------------------

const TOOLS = {
    bold: {icon: "fa-bold", label: _t("Bold"), mark: "*"},
    italic: {icon: "fa-italic", label: _t("Italic"), mark: "_"},
    strike: {icon: "fa-strikethrough", label: _t("Strikethrough"), mark: "~"},
    code: {icon: "fa-code", label: _t("Monospace"), mark: "```"},
};

/** A text of a template, counted and checked as one writes. */
export class TemplateText extends Component {
    static template = "whatsapp_connector.TemplateText";
    static props = {
        ...standardFieldProps,
        limit: {type: Number},
        placeholder: {type: String, optional: true},
        tools: {type: Array, optional: true},
    };

    setup() {
        this.inputRef = useRef("input");
        useInputField({
            ref: this.inputRef,
            getValue: () => this.value,
            preventLineBreaks: !this.isMultiline,
        });
        if (this.isMultiline) {
            useAutoresize(this.inputRef, {minimumHeight: 120});
        }
        // The preview and the rules follow what is typed, not only what is left.
        this.commit = useDebounced(() => this.update(), 350);
        onWillUnmount(() => this.commit.cancel());
    }

    get isMultiline() {
        return this.props.record.fields[this.props.name].type === "text";
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get length() {
        return [...this.value].length;
    }

    get marks() {
        const tools = this.props.tools || [];
        return tools.filter((name) => name in TOOLS).map((name) => TOOLS[name]);
    }

    get hasVariables() {
        return this.props.tools?.includes("variable");
    }

    async update() {
        const {name, record} = this.props;
        const value = this.inputRef.el?.value;
        if (value !== undefined && value !== this.value) {
            await record.update({[name]: value});
        }
    }

    wrap(mark) {
        const {selectionStart: from, selectionEnd: to, value} = this.inputRef.el;
        const chosen = value.slice(from, to);
        this.insert(`${mark}${chosen.trim()}${mark}`, chosen ? 0 : mark.length);
    }

    addVariable() {
        const names = findPlaceholders(this.inputRef.el.value);
        const areNumbers = names.every((name) => /^\d+$/.test(name));
        const last = Math.max(0, ...names.filter((n) => /^\d+$/.test(n)).map(Number));
        this.insert(areNumbers ? `{{${last + 1}}}` : "{{name}}", 0);
    }

    /** Put `text` over the selection; the cursor ends up `back` before its end. */
    insert(text, back) {
        const {el} = this.inputRef;
        el.focus();
        el.setRangeText(text, el.selectionStart, el.selectionEnd, "end");
        el.selectionStart = el.selectionEnd -= back;
        el.dispatchEvent(new InputEvent("input", {bubbles: true}));
    }
}

fields.add("whatsapp_template_text", {
    component: TemplateText,
    supportedTypes: ["char", "text"],
    extractProps: ({options, placeholder}) => ({
        limit: options.limit,
        placeholder,
        tools: options.tools,
    }),
});

// -- only what the provider has -------------------------------------------------------

/** A selection without what the account's provider can't do. */
export class OfferedSelection extends SelectionField {
    static props = {...SelectionField.props, offered: {type: String}};

    get options() {
        const {name, offered, record} = this.props;
        const codes = record.data.offered?.[offered];
        return super.options.filter(
            ([code]) => !codes || codes.includes(code) || code === record.data[name]
        );
    }
}

fields.add("whatsapp_offered_selection", {
    ...selectionField,
    component: OfferedSelection,
    fieldDependencies: [{name: "offered", type: "json"}],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...selectionField.extractProps(fieldInfo, dynamicInfo),
        offered: fieldInfo.options.offered,
    }),
});

// -- one column for what depends on the kind ------------------------------------------

const TARGETS = {url: "url", phone: "phone", copy_code: "code"};

/** Where a button leads: an address, a number, a code or nowhere. */
export class ButtonTarget extends Component {
    static template = "whatsapp_connector.ButtonTarget";
    static components = {CharField};
    static props = {...CharField.props};

    get target() {
        return TARGETS[this.props.record.data.kind];
    }

    get targetProps() {
        return {
            name: this.target,
            placeholder: {
                url: _t("https://example.com/{{1}}"),
                phone: _t("+34 931 000 100"),
                code: _t("A sample, e.g. SUMMER25"),
            }[this.target],
            readonly: this.props.readonly,
            record: this.props.record,
        };
    }
}

fields.add("whatsapp_button_target", {
    ...charField,
    component: ButtonTarget,
    extractProps: () => ({}),
    fieldDependencies: [
        {name: "kind", type: "selection"},
        {name: "phone", type: "char"},
        {name: "code", type: "char"},
    ],
});

const DETAILS = {field: "field_path", free: "label", text: "fixed_text"};

/** What fills a variable, by its source: a field, a question, a text, or nothing. */
export class VariableDetail extends Component {
    static template = "whatsapp_connector.VariableDetail";
    static components = {CharField, FieldSelectorField, ModelFieldSelector};
    static props = {...FieldSelectorField.props};

    get detail() {
        return DETAILS[this.props.record.data.source];
    }

    /** The labels of the fields on the way, not their technical names. */
    get shownPath() {
        const {name, readonly, record} = this.props;
        const {[name]: path, model: resModel} = record.data;
        const isShown = readonly && this.detail === "field_path" && resModel && path;
        return isShown && {path, readonly, resModel};
    }

    get charProps() {
        return {
            name: this.detail,
            placeholder:
                this.detail === "label"
                    ? _t("What is the sender asked for?")
                    : _t("The text"),
            readonly: this.props.readonly,
            record: this.props.record,
        };
    }
}

fields.add("whatsapp_variable_detail", {
    ...fieldSelectorField,
    component: VariableDetail,
    extractProps: (_fieldInfo, dynamicInfo) => ({
        ...fieldSelectorField.extractProps({options: {model: "model"}}, dynamicInfo),
    }),
    fieldDependencies: [
        {name: "fixed_text", type: "char"},
        {name: "label", type: "char"},
        {name: "model", type: "char"},
        {name: "source", type: "selection"},
    ],
});

/** The name of a variable as it stands in the text. */
export class VariableName extends Component {
    static template = "whatsapp_connector.VariableName";
    static props = {...standardFieldProps};

    get text() {
        return `{{${this.props.record.data[this.props.name] || ""}}}`;
    }
}

fields.add("whatsapp_variable_name", {
    component: VariableName,
    supportedTypes: ["char"],
});

// -- file of the header ---------------------------------------------------------------

const EXTENSIONS = {image: ".jpg,.jpeg,.png", video: ".mp4", document: ".pdf"};

export class TemplateFile extends Component {
    static template = "whatsapp_connector.TemplateFile";
    static components = {FileInput};
    static props = {...standardFieldProps};

    setup() {
        this.notification = useService("notification");
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get fileUrl() {
        return url(`/web/content/${this.value.id}`, {download: true});
    }

    get extensions() {
        return EXTENSIONS[this.props.record.data.header] || "*";
    }

    onUpload([file]) {
        if (!file || file.error) {
            const text = file?.error || _t("The file could not be uploaded.");
            return this.notification.add(text, {type: "danger"});
        }
        const {name, record} = this.props;
        record.update({
            [name]: {id: file.id, display_name: file.filename || file.name},
        });
    }

    remove() {
        this.props.record.update({[this.props.name]: false});
    }
}

fields.add("whatsapp_template_file", {
    component: TemplateFile,
    supportedTypes: ["many2one"],
});
