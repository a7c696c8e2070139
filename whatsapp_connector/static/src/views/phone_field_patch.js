import {patch} from "@web/core/utils/patch";
import {PhoneField} from "@web/views/fields/phone/phone_field";

import {WhatsappPhoneButton} from "./whatsapp_phone_button";

patch(PhoneField, {
    components: {...PhoneField.components, WhatsappPhoneButton},
});

patch(PhoneField.prototype, {
    get hasWhatsapp() {
        const {name, record} = this.props;
        return record.resModel === "res.partner" && Boolean(record.data[name]);
    },
});
