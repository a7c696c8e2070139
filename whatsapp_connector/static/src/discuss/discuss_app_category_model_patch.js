import {DiscussAppCategory} from "@mail/discuss/core/public_web/discuss_app_category_model";
import {compareDatetime} from "@mail/utils/common/misc";
import {patch} from "@web/core/utils/patch";

patch(DiscussAppCategory.prototype, {
    /** Whoever wrote last is on top, as on the phone. */
    sortThreads(t1, t2) {
        if (this.eq(this.app?.whatsappCategory)) {
            return (
                compareDatetime(t2.lastInterestDt, t1.lastInterestDt) || t2.id - t1.id
            );
        }
        return super.sortThreads(t1, t2);
    },
});
