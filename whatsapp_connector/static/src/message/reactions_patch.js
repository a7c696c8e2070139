import {MessageReactionList} from "@mail/core/common/message_reaction_list";
import {MessageReactions} from "@mail/core/common/message_reactions_model";
import {QuickReactionMenu} from "@mail/core/common/quick_reaction_menu";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(MessageReactions.prototype, {
    /** To the contact it is the business's, whoever of us chose it. */
    get isWhatsappOurs() {
        return this.message?.whatsapp?.our_emoji === this.content;
    },
});

patch(MessageReactionList.prototype, {
    hasSelfReacted(reaction) {
        return reaction.isWhatsappOurs || super.hasSelfReacted(reaction);
    },
    previewText(reaction) {
        const {count, isWhatsappOurs, message, personas} = reaction;
        if (!isWhatsappOurs || count > 1) {
            return super.previewText(reaction);
        }
        return _t(
            "%(person)s for %(number)s. The contact sees one reaction of yours.",
            {
                person: message.getPersonaName(personas[0]),
                number: message.thread.whatsapp.channel_name,
            }
        );
    },
});

patch(QuickReactionMenu.prototype, {
    findWhatsappOurs(emoji) {
        return this.props.message.reactions.find(
            ({content, isWhatsappOurs}) => isWhatsappOurs && content === emoji
        );
    },
    reactedBySelf(emoji) {
        return Boolean(this.findWhatsappOurs(emoji)) || super.reactedBySelf(emoji);
    },
    toggleReaction(emoji) {
        const ours = this.findWhatsappOurs(emoji);
        if (!ours) {
            return super.toggleReaction(emoji);
        }
        ours.remove();
        this.dropdown.close();
        this.picker.close();
    },
});
