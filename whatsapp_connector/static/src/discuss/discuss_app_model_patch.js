import {fields} from "@mail/core/common/record";
import {DiscussApp} from "@mail/core/public_web/discuss_app_model";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(DiscussApp.prototype, {
    setup() {
        super.setup(...arguments);
        this.whatsappCategory = fields.One("DiscussAppCategory", {
            compute() {
                return {
                    extraClass: "o-mail-DiscussSidebarCategory-whatsapp",
                    hideWhenEmpty: true,
                    icon: "fa fa-whatsapp",
                    id: "whatsapp_connector.category",
                    name: _t("WhatsApp"),
                    sequence: 25,
                };
            },
            eager: true,
        });
    },
});
