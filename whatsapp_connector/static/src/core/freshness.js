/**
 * Values of a record without those that are older than what is known of it.
 *
 * An answer that was on its way while the bus told news would put the old state back,
 * and nothing would correct it. News come in order, and are always taken.
 *
 * @param {object} record keeps the versions of what it knows in `whatsappVersions`
 * @param {object} data with our values, which bear a version, in `data.whatsapp`
 * @param {string[]} names of what changes together with our values
 */
export function withoutStale(record, data, names) {
    if (!data?.whatsapp) {
        return data;
    }
    const {version = 0, is_news} = data.whatsapp;
    const known = record.whatsappVersions;
    const fresh = {...data};
    for (const name of ["whatsapp", ...names]) {
        if (!(name in data)) {
            continue;
        }
        if (is_news || !(version < known[name])) {
            known[name] = Math.max(version, known[name] ?? 0);
        } else {
            delete fresh[name];
        }
    }
    return fresh;
}
