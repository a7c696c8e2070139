/** Talks to the sandbox: requests that throw a sentence, and live events. */

async function request(method, path, options = {}) {
    const response = await fetch(path, {method, ...options});
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
        throw new Error(answer.error || `The sandbox answered ${response.status}`);
    }
    return answer;
}

export function get(path) {
    return request("GET", path);
}

export function post(path, values = {}) {
    return send("POST", path, values);
}

export function patch(path, values) {
    return send("PATCH", path, values);
}

export function remove(path) {
    return request("DELETE", path);
}

function send(method, path, values) {
    const headers = {"Content-Type": "application/json"};
    return request(method, path, {headers, body: JSON.stringify(values)});
}

/** Sends a message with a file. */
export function postFile(values, file, name) {
    const body = new FormData();
    body.append("message", JSON.stringify(values));
    body.append("file", file, name || file.name);
    return request("POST", "/phone/files", {body});
}

/**
 * Listens to the sandbox. `onOpen` runs at each connection, so that what happened
 * meanwhile can be fetched; `handlers` has a function per kind of event.
 */
export function listen(handlers, onOpen, onLost) {
    const source = new EventSource("/phone/events");
    source.addEventListener("hello", onOpen);
    source.addEventListener("error", onLost);
    for (const [kind, handle] of Object.entries(handlers)) {
        source.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
    }
}
