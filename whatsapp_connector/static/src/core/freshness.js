/**
 * Values of a record without those that are older than what is known of it.
 *
 * An answer that was on its way while the bus told news would put the old state back,
 * and nothing would correct it. News are always taken.
 *
 * @param {object} record keeps the versions of what it knows in `whatsappVersions`
 * @param {object} data with our values in `data.whatsapp`, and the versions of the
 *  records that they come from
 * @param {string[]} names of what changes together with our values
 */
export function withoutStale(record, data, names) {
    if (!data?.whatsapp) {
        return data;
    }
    const {versions = {}, is_news: isNews, ...whatsapp} = data.whatsapp;
    const fresh = {...data, whatsapp};
    for (const name of ["whatsapp", ...names].filter((each) => each in data)) {
        const known = record.whatsappVersions[name] ?? {};
        if (isNews || !isOlder(versions, known)) {
            record.whatsappVersions[name] = takeLatest(versions, known);
        } else {
            delete fresh[name];
        }
    }
    return fresh;
}

/** Whether one of the records wasn't there yet, or hadn't changed yet. */
function isOlder(versions, known) {
    return Object.entries(known).some(([record, at]) => !(versions[record] >= at));
}

/** News may have been written beside what others wrote meanwhile. */
function takeLatest(versions, known) {
    return Object.fromEntries(
        Object.entries(versions).map(([record, at]) => [
            record,
            Math.max(at, known[record] ?? at),
        ])
    );
}
