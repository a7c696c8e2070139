import {
    Component,
    onWillRender,
    onWillStart,
    useEffect,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {Chatter} from "@mail/chatter/web_portal/chatter";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {FormRenderer} from "@web/views/form/form_renderer";
import {_t} from "@web/core/l10n/translation";
import {pick} from "@web/core/utils/objects";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

import {describeState} from "./template_fields";
import {useTemplateState} from "./template_preview";

/** Languages of a template as tabs, the chosen one in its own form. */
export class TemplateLanguages extends Component {
    static template = "whatsapp_connector.TemplateLanguages";
    static components = {Chatter, Dropdown, DropdownItem, FormRenderer};
    static props = {...standardFieldProps, archInfo: {type: Object}};

    setup() {
        this.orm = useService("orm");
        this.state = useState({
            key: this.keyOfId(this.props.record.context.whatsapp_variant_id),
            languages: [],
        });
        onWillStart(async () => {
            this.state.languages = await this.orm.call(
                "whatsapp.template.variant",
                "get_languages",
                []
            );
        });
        const {onClickViewButton} = this.env;
        const chatter = {};
        useSubEnv({
            chatter,
            onClickViewButton: (params) => onClickViewButton(this.bindButton(params)),
        });
        // The history of a language is read when it is shown, and again when it changed.
        onWillRender(() => {
            if (this.current !== this.shown) {
                this.shown = this.current;
                Object.assign(chatter, {fetchThreadData: true, fetchMessages: true});
            }
        });
        // What a button added is what its user wants to see.
        useEffect(
            (rootId, ids) => {
                const added = ids.split(" ").filter((id) => !this.known?.includes(id));
                if (this.knownRootId === rootId && added.length === 1) {
                    this.state.key = this.keyOfId(Number(added[0]));
                }
                this.knownRootId = rootId;
                this.known = ids.split(" ");
            },
            () => [this.props.record.resId, this.ids]
        );
        // Lists load their records to be read.
        useEffect(
            (record) => {
                if (record && this.canAdd && !record.isInEdition) {
                    record.switchMode("edit");
                }
            },
            () => [this.current]
        );
        useTemplateState(({resId}, {template_id}) => resId === template_id);
    }

    get records() {
        return this.props.record.data[this.props.name].records;
    }

    get ids() {
        const ids = this.records.map(({resId}) => resId);
        return ids.filter(Boolean).join(" ");
    }

    get current() {
        const found = this.records.find(
            (record) => this.keyOf(record) === this.state.key
        );
        return found || this.records[0];
    }

    get tabs() {
        return this.records.map((record) => ({
            id: record.id,
            key: this.keyOf(record),
            label: this.labelOf(record.data.language),
            version: record.data.version > 1 ? ` v${record.data.version}` : "",
            isCurrent: record === this.current,
            hasErrors: record.data.problem_count > 0,
            color: describeState(record.data).color,
            stateLabel: describeState(record.data).label,
        }));
    }

    /** Languages that it doesn't have yet. */
    get free() {
        const used = this.records.map((record) => record.data.language);
        return this.state.languages.filter(([code]) => !used.includes(code));
    }

    get canAdd() {
        return !this.props.readonly && this.props.record.isInEdition;
    }

    get copyHint() {
        return this.current
            ? _t(
                  "With the content of %s, to be translated",
                  this.labelOf(this.current.data.language)
              )
            : _t("Choose a language");
    }

    /** Its lists are made for reading or for editing, once and for all. */
    get formKey() {
        const {id, isInEdition} = this.current;
        return `${id}/${isInEdition}`;
    }

    labelOf(code) {
        const found = this.state.languages.find(([known]) => known === code);
        return found ? found[1] : code;
    }

    /** What stays the same when a new record gets its id. */
    keyOf({data}) {
        return `${data.language}/${data.version}`;
    }

    keyOfId(id) {
        const record = id && this.records.find(({resId}) => resId === id);
        return record && this.keyOf(record);
    }

    choose(key) {
        this.state.key = key;
    }

    /** A button of a language that wasn't saved before is about what it is by then. */
    bindButton(params) {
        const {current} = this;
        const isMine = params.getResParams().resModel === current?.resModel;
        if (!isMine) {
            return params;
        }
        this.state.key = this.keyOf(current);
        return {
            ...params,
            getResParams: () =>
                pick(
                    this.current,
                    "context",
                    "evalContext",
                    "resModel",
                    "resId",
                    "resIds"
                ),
        };
    }

    async add(language) {
        const root = this.props.record;
        if (!(await root.save())) {
            return;
        }
        const id = await this.orm.call("whatsapp.template", "add_language", [
            root.resId,
            language,
            this.current?.resId || false,
        ]);
        await root.load();
        this.state.key = this.keyOfId(id);
    }

    async remove() {
        const {current} = this;
        this.state.key = undefined;
        await this.props.record.data[this.props.name].delete(current);
    }

    get canRemove() {
        const {data} = this.current;
        return (
            this.canAdd &&
            ["draft", "deleted"].includes(data.state) &&
            !(data.provider_id && data.state === "draft") &&
            this.records.length > 1
        );
    }
}

registry.category("fields").add("whatsapp_template_languages", {
    component: TemplateLanguages,
    displayName: _t("Languages of a WhatsApp template"),
    supportedTypes: ["one2many"],
    useSubView: true,
    extractProps: ({views, viewMode}) => ({archInfo: views[viewMode]}),
});
