import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useDebounced} from "@web/core/utils/timing";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The preview follows the sender's words, but not every letter. */
const DELAY = 300;

/**
 * What a template leaves to the sender: one input for each of the record's `questions`.
 * The field holds the answers, by the key of their question.
 */
export class WhatsappAnswersField extends Component {
    static template = "whatsapp_connector.Answers";
    static props = {...standardFieldProps};

    setup() {
        this.state = useState({answers: {...this.value}});
        this.saveSoon = useDebounced(() => this.save(), DELAY);
        // What is being written is ahead of the record, unless that starts anew.
        useRecordObserver((record) => {
            if (!record.data[this.props.name]) {
                this.state.answers = {};
            }
        });
    }

    get value() {
        return this.props.record.data[this.props.name] || {};
    }

    get questions() {
        return this.props.record.data.questions || [];
    }

    idOf(question) {
        return `o-whatsapp-answer-${question.key.replace(/\W/g, "-")}`;
    }

    onInput(question, ev) {
        this.state.answers[question.key] = ev.target.value;
        this.saveSoon();
    }

    /** Leaving the input, as a click on “Send” does, waits for nothing. */
    onChange() {
        this.saveSoon.cancel();
        return this.save();
    }

    save() {
        return this.props.record.update({[this.props.name]: {...this.state.answers}});
    }
}

registry.category("fields").add("whatsapp_answers", {
    component: WhatsappAnswersField,
    supportedTypes: ["json"],
});
