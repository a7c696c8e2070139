import {SuggestionService} from "@mail/core/common/suggestion_service";
import {patch} from "@web/core/utils/patch";

const INTERNAL = ["@", "#", "/"];

patch(SuggestionService.prototype, {
    /** Mentions and commands mean nothing to the contact, who would receive them. */
    getSupportedDelimiters(thread) {
        const delimiters = super.getSupportedDelimiters(...arguments);
        return thread?.isWhatsapp
            ? delimiters.filter(([delimiter]) => !INTERNAL.includes(delimiter))
            : delimiters;
    },
});
