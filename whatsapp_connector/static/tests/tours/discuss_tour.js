import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("whatsapp_discuss", {
    steps: () => [
        {
            content: "the chat is in the category of its own",
            trigger: ".o-mail-DiscussSidebarCategory-whatsapp:contains(WhatsApp)",
        },
        {trigger: ".o-mail-DiscussSidebarChannel:contains(Anna)", run: "click"},
        {
            content: "what the contact wrote is there, with the window open",
            trigger:
                ".o-mail-DiscussContent .o-mail-Message:contains(No em funciona la factura)",
        },
        {trigger: ".o-whatsapp-Banner-window:contains(24 h left)"},
        {trigger: ".o-whatsapp-Banner-assignee:contains(Unassigned)"},
        {
            content: "answer",
            trigger: ".o-mail-Composer-input",
            run: "edit Ho mirem ara mateix",
        },
        {trigger: ".o-mail-Composer-input", run: "press Enter"},
        {
            content: "the answer waits in the queue",
            trigger:
                ".o-mail-Message:contains(Ho mirem ara mateix) .o-whatsapp-Ticks[data-state=queued]",
        },
        {
            content: "whoever answers an unassigned chat takes it",
            trigger: ".o-whatsapp-Banner-assignee:contains(wa_agent)",
        },
        {
            content: "it stays there: nobody sends in this test; take it back",
            trigger: ".o-whatsapp-Notice button:contains(Cancel)",
            run: "click",
        },
        {trigger: ".o-whatsapp-Ticks[data-state=cancelled]"},
        {
            content: "send it again after all",
            trigger: ".o-whatsapp-Notice button:contains(Send again)",
            run: "click",
        },
        {trigger: ".o-whatsapp-Ticks[data-state=queued]"},
    ],
});

registry.category("web_tour.tours").add("whatsapp_discuss_closed_window", {
    steps: () => [
        {trigger: ".o-mail-DiscussSidebarChannel:contains(Biel)", run: "click"},
        {trigger: ".o-whatsapp-Banner-window:contains(window closed)"},
        {trigger: ".o-whatsapp-Composer-refusal:contains(Until Biel writes again)"},
        {trigger: ".o-mail-DiscussContent:not(:has(.o-mail-Composer-input))"},
    ],
});

registry.category("web_tour.tours").add("whatsapp_discuss_refused", {
    steps: () => [
        {trigger: ".o-mail-DiscussSidebarChannel:contains(Anna)", run: "click"},
        {trigger: ".o-mail-Composer-input", run: "edit Too late"},
        {trigger: ".o-mail-Composer-input", run: "press Enter"},
        {
            content: "the server refuses, in words",
            trigger:
                ".o-whatsapp-Composer-error:contains(an administrator must choose one first)",
        },
        {trigger: ".o-mail-Composer-input:value(Too late)"},
    ],
});
