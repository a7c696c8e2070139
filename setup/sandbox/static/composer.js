/** The lower edge of the phone: writing, attaching, recording. */

import * as api from "./api.js";
import {quote} from "./bubbles.js";
import {byId, fileSize, h} from "./dom.js";

const EMOJIS = [
    ..."😀😃😄😁😆😅😂🤣😊😇🙂😉😍😘😋😜🤔🤗😎🥳😏😒😞😢😭😡🤯😱🥺😴🤒🙄",
    ..."👍👎👌🙏👏💪👋🤝✌🤞👀❤🧡💛💚💙💜💔🎉🎁🔥⭐✨✅❌❓❗📷📎📄📞🏠🚗🍕☕🌞🌧",
];
const ACCEPT = {media: "image/*,video/*", audio: "audio/*", document: ""};

/** What is being written, and the chat that it will go to. */
export class Composer {
    /** `context` gives `target()` (business and contact), `toast` and the quotes' words. */
    constructor(context) {
        this.context = context;
        this.file = null;
        this.quoted = null;
        this.forced = null;
        this.recorder = null;
        this.bindWriting();
        this.bindAttaching();
        this.bindRecording();
    }

    // -- writing ----------------------------------------------------------------------

    bindWriting() {
        const input = byId("input");
        input.addEventListener("input", () => this.refresh());
        input.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
                event.preventDefault();
                this.submit();
            }
        });
        input.addEventListener("paste", (event) => {
            const [file] = event.clipboardData.files;
            if (file) {
                event.preventDefault();
                this.attach(file);
            }
        });
        byId("write").addEventListener("submit", (event) => {
            event.preventDefault();
            this.submit();
        });
        byId("drop-quote").addEventListener("click", () => this.reply(null));
        byId("emojis").append(
            ...EMOJIS.map((emoji) =>
                h("button", {type: "button", onclick: () => this.insert(emoji)}, emoji)
            )
        );
        this.bindPanel("show-emojis", "emojis");
        this.bindPanel("show-attach", "attach-menu");
    }

    bindPanel(buttonId, panelId) {
        const button = byId(buttonId);
        const panel = byId(panelId);
        const show = (shown) => {
            panel.hidden = !shown;
            button.setAttribute("aria-expanded", shown);
        };
        button.addEventListener("click", () => show(panel.hidden));
        document.addEventListener("click", (event) => {
            if (!button.contains(event.target) && !panel.contains(event.target)) {
                show(false);
            }
        });
        document.addEventListener(
            "keydown",
            (event) => event.key === "Escape" && show(false)
        );
        if (panelId === "attach-menu") {
            panel.addEventListener("click", () => show(false));
        }
    }

    insert(text) {
        const input = byId("input");
        input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
        input.focus();
        this.refresh();
    }

    /** Fits the field to its text and offers *send* or *record*. */
    refresh() {
        const input = byId("input");
        input.style.height = "";
        if (input.value) {
            input.style.height = `${input.scrollHeight}px`;
        }
        const ready = Boolean(input.value.trim() || this.file);
        byId("send").hidden = !ready;
        byId("record").hidden = ready;
    }

    reply(message) {
        this.quoted = message;
        byId("quote-bar").hidden = !message;
        byId("quote").replaceChildren(
            ...(message ? [quote(message, this.context)] : [])
        );
        if (message) {
            byId("input").focus();
        }
    }

    /** Forgets what was begun: another chat was opened. */
    clear() {
        byId("input").value = "";
        this.reply(null);
        this.attach(null);
    }

    async submit() {
        const text = byId("input").value.trim();
        const {file, forced} = this;
        if (!text && !file) {
            return;
        }
        const values = {text, ...(forced ? {kind: forced} : {}), ...this.quotedId()};
        this.clear();
        await this.send(values, file);
        byId("input").focus();
    }

    quotedId() {
        return this.quoted ? {reply_to: this.quoted.id} : {};
    }

    async send(values, file, name) {
        const message = {...this.context.target(), ...values};
        try {
            await (file
                ? api.postFile(message, file, name)
                : api.post("/phone/messages", message));
        } catch (error) {
            this.context.toast(error.message);
        }
    }

    // -- attaching --------------------------------------------------------------------

    bindAttaching() {
        byId("attach-menu").addEventListener("click", (event) => {
            const what = event.target.dataset.attach;
            if (what in ACCEPT) {
                this.choose(what);
            } else if (what) {
                this[`${what}Dialog`]();
            }
        });
        byId("file").addEventListener("change", (event) => {
            const [file] = event.target.files;
            this.attach(file, event.target.dataset.kind);
            event.target.value = "";
        });
        byId("drop-file").addEventListener("click", () => this.attach(null));
    }

    choose(what) {
        const input = byId("file");
        input.accept = ACCEPT[what];
        input.dataset.kind = what === "document" ? "document" : "";
        input.click();
    }

    attach(file, kind = "") {
        this.file = file || null;
        this.forced = kind || null;
        byId("file-bar").hidden = !file;
        byId("file-preview").replaceChildren(...(file ? previewOf(file) : []));
        this.refresh();
    }

    async locationDialog() {
        const values = await ask("location-dialog");
        if (values) {
            const {latitude, longitude, ...more} = values;
            const location = {
                latitude: Number(latitude),
                longitude: Number(longitude),
                ...more,
            };
            await this.send({kind: "location", location});
        }
    }

    async cardDialog() {
        const card = await ask("card-dialog");
        if (card) {
            await this.send({kind: "contacts", cards: [card]});
        }
    }

    // -- recording --------------------------------------------------------------------

    bindRecording() {
        byId("record").addEventListener("click", () => this.startRecording());
        byId("drop-recording").addEventListener("click", () =>
            this.stopRecording(false)
        );
        byId("send-recording").addEventListener("click", () =>
            this.stopRecording(true)
        );
    }

    async startRecording() {
        let stream = null;
        try {
            stream = await navigator.mediaDevices.getUserMedia({audio: true});
        } catch {
            this.context.toast("No microphone. Attach an audio file instead.");
            return;
        }
        const chunks = [];
        this.recorder = new MediaRecorder(stream);
        this.recorder.addEventListener("dataavailable", (event) =>
            chunks.push(event.data)
        );
        this.recorder.addEventListener("stop", () => {
            stream.getTracks().forEach((track) => track.stop());
            const blob = new Blob(chunks, {type: this.recorder.mimeType});
            if (this.keepRecording && blob.size) {
                this.send({kind: "voice", ...this.quotedId()}, blob, "voice-note");
            }
        });
        this.recorder.start();
        this.showRecording(true);
    }

    stopRecording(keep) {
        this.keepRecording = keep;
        this.recorder.stop();
        this.showRecording(false);
    }

    showRecording(shown) {
        byId("recording").hidden = !shown;
        byId("write").hidden = shown;
        clearInterval(this.timer);
        const started = Date.now();
        const tick = () => {
            const seconds = Math.floor((Date.now() - started) / 1000);
            const rest = String(seconds % 60).padStart(2, "0");
            byId("recording-time").textContent = `${Math.floor(seconds / 60)}:${rest}`;
        };
        tick();
        if (shown) {
            this.timer = setInterval(tick, 500);
        }
    }
}

function previewOf(file) {
    const name = h("span", {class: "file-name"}, file.name);
    const size = h("span", {class: "file-size"}, fileSize(file.size));
    if (!file.type.startsWith("image/")) {
        return [name, size];
    }
    return [h("img", {src: URL.createObjectURL(file), alt: ""}), name, size];
}

/** Shows a dialog; gives its fields, or nothing when it was cancelled. */
export function ask(dialogId) {
    const dialog = byId(dialogId);
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
        const onClose = () => {
            const form = dialog.querySelector("form");
            const values = Object.fromEntries(new FormData(form));
            resolve(dialog.returnValue === "ok" ? values : null);
        };
        dialog.addEventListener("close", onClose, {once: true});
    });
}

/** The rows of a list message; gives the one that was picked. */
export async function askRow(message) {
    byId("list-title").textContent = message.list_label;
    byId("list-rows").replaceChildren(
        ...message.options.map((row) =>
            h(
                "label",
                {class: "row-option"},
                h("input", {type: "radio", name: "row", value: row.id, required: true}),
                h("span", {}, h("b", {}, row.title), h("small", {}, row.description))
            )
        )
    );
    const values = await ask("list-dialog");
    return values && message.options.find((row) => row.id === values.row);
}
