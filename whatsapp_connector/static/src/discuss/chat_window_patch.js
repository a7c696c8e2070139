import {ChatWindow} from "@mail/core/common/chat_window";

import {WhatsappBanner} from "./whatsapp_banner";

Object.assign(ChatWindow.components, {WhatsappBanner});
