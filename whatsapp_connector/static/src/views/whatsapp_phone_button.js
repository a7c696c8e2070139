import {Component, onWillStart, useState} from "@odoo/owl";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

/**
 * Opens the WhatsApp chat of the contact whose phone number it stands beside; without
 * one, the composer of a first message.
 */
export class WhatsappPhoneButton extends Component {
    static template = "whatsapp_connector.PhoneButton";
    static props = ["record"];

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({isAllowed: false});
        onWillStart(() => {
            user.hasGroup("whatsapp_connector.group_whatsapp_user").then(
                (isAllowed) => (this.state.isAllowed = isAllowed)
            );
        });
    }

    async openChat() {
        const {record} = this.props;
        if ((await record.save()) && record.resId) {
            const action = await this.orm.call(
                "res.partner",
                "action_whatsapp_open_chat",
                [[record.resId]]
            );
            await this.action.doAction(action, {onClose: () => record.load()});
        }
    }
}
