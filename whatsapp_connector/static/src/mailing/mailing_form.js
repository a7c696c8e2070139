import {onWillUnmount} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {formView} from "@web/views/form/form_view";

const MIN_MS = 1000;

/** Shows how a mass message comes along, without a reload. */
export class WhatsappMailingFormController extends formView.Controller {
    setup() {
        super.setup();
        const onProgress = ({id}) => this.onProgress(id);
        const bus = useService("bus_service");
        bus.subscribe("whatsapp.mailing/progress", onProgress);
        onWillUnmount(() => {
            bus.unsubscribe("whatsapp.mailing/progress", onProgress);
            clearTimeout(this.timer);
        });
    }

    /** At most once a second: several batches may end in it. */
    onProgress(id) {
        if (id === this.model.root.resId && !this.timer) {
            this.timer = setTimeout(() => {
                this.timer = undefined;
                this.model.root.load();
            }, MIN_MS);
        }
    }
}

registry.category("views").add("whatsapp_mailing_form", {
    ...formView,
    Controller: WhatsappMailingFormController,
});
