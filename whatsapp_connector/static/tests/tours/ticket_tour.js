import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("whatsapp_ticket", {
    steps: () => [
        {
            content: "the ticket shows what the contact wrote",
            trigger:
                ".o-whatsapp-ThreadField .o-mail-Message:contains(No em funciona la factura)",
        },
        {
            content: "its chatter is still its own",
            trigger: ".o-mail-Chatter .o-mail-Message:contains(only for us)",
        },
        {trigger: ".o-mail-Chatter-logNote"},
        {
            content: "the contact has no address: no e-mail is offered",
            trigger: ".o-mail-Chatter:not(:has(.o-mail-Chatter-sendMessage))",
        },
        {
            content: "answer from the ticket",
            trigger: ".o-whatsapp-ThreadField .o-mail-Composer-input",
            run: "edit Ho mirem ara mateix",
        },
        {trigger: ".o-whatsapp-ThreadField .o-mail-Composer-input", run: "press Enter"},
        {
            trigger:
                ".o-whatsapp-ThreadField .o-mail-Message:contains(Ho mirem ara mateix) .o-whatsapp-Ticks[data-state=queued]",
        },
        {
            content: "the answer moves the ticket on, before one's eyes",
            trigger: ".o_arrow_button_current:contains(In Progress)",
        },
    ],
});

registry.category("web_tour.tours").add("whatsapp_partner", {
    steps: () => [
        {trigger: ".o_field_phone[name=phone]", run: "hover"},
        {trigger: ".o-whatsapp-PhoneButton", run: "click"},
        {
            content: "the chat opens in Discuss",
            trigger:
                ".o-mail-DiscussContent .o-mail-Message:contains(No em funciona la factura)",
        },
    ],
});
