import {Message} from "@mail/core/common/message";

import {WhatsappNotice} from "./whatsapp_notice";
import {WhatsappTicks} from "./whatsapp_ticks";

Object.assign(Message.components, {WhatsappNotice, WhatsappTicks});
