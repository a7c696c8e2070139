import "@mail/discuss/core/common/channel_commands";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";

const commands = registry.category("discuss.channel_commands");

for (const name of ["help", "leave"]) {
    patch(commands.get(name), {
        /** What begins with a slash is for the contact like any other text. */
        condition({thread}) {
            return !thread?.isWhatsapp && super.condition(...arguments);
        },
    });
}
