// Resumable uploads on the files step of a deposit (tus 1.0).
//
// The page works without this: the form then sends small files the plain way. Everything that is shown is
// a <template> of the page, so words and marks stay with the server.
import * as tus from "tus-js-client";
import { sayBytes } from "./sizes.js";

const CHUNK = 8 * 1024 * 1024;
const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000, 60000, 60000];
const FINAL = new Set([400, 401, 403, 404, 410, 413, 415, 422, 507]); // asking again changes nothing
const RATE_WINDOW_MS = 8000;

export function sayDuration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min left`;
  const hours = Math.floor(seconds / 3600);
  return `${hours} h ${Math.round((seconds - hours * 3600) / 60)} min left`;
}

// Bytes a second over the last few seconds: steady enough to read, quick enough to show a change.
class Rate {
  constructor() {
    this.points = [];
  }

  add(bytes) {
    const now = performance.now();
    this.points.push([now, bytes]);
    while (this.points.length > 2 && now - this.points[0][0] > RATE_WINDOW_MS) this.points.shift();
  }

  get perSecond() {
    if (this.points.length < 2) return NaN;
    const [first, last] = [this.points[0], this.points[this.points.length - 1]];
    return ((last[1] - first[1]) / (last[0] - first[0])) * 1000;
  }
}

function explain(error) {
  const response = error.originalResponse;
  if (!response) return { text: "The connection was lost. What has arrived is kept.", final: false };
  const status = response.getStatus();
  let text = "";
  try {
    const problem = JSON.parse(response.getBody());
    text = [problem.detail || problem.title, problem.next_step].filter(Boolean).join(" ");
  } catch {
    text = "";
  }
  if (!text && (status === 401 || status === 403)) text = "You are no longer signed in, or may not add files here. Sign in again, then choose the same file.";
  if (!text && status === 404) text = "This upload is no longer on the server. Choose the file again to begin anew.";
  return { text: text || `The server answered ${status}. What has arrived is kept.`, final: FINAL.has(status) };
}

class Row {
  constructor(box, file) {
    this.element = box.template.content.firstElementChild.cloneNode(true);
    this.box = box;
    this.find("name").textContent = file.name;
    this.bar = this.find("bar");
    this.bar.max = Math.max(1, file.size);
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    for (const button of this.element.querySelectorAll("button")) {
      button.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${file.name}` }));
    }
    box.list.append(this.element);
  }

  find(part) {
    return this.element.querySelector(`[data-part="${part}"]`);
  }

  on(part, action) {
    this.find(part).addEventListener("click", action);
  }

  show(state, text) {
    this.element.dataset.state = state;
    this.find("text").textContent = text;
    this.find("pause").hidden = state !== "sending" && state !== "waiting";
    this.find("resume").hidden = state !== "paused" && state !== "stopped";
    this.find("cancel").hidden = state === "done";
    this.bar.hidden = state === "refused";
  }
}

class Transfer {
  constructor(box, file) {
    this.box = box;
    this.file = file;
    this.rate = new Rate();
    this.row = new Row(box, file);
    this.row.on("pause", () => this.pause());
    this.row.on("resume", () => this.box.begin(this));
    this.row.on("cancel", () => this.cancel());
    this.state = "queued";
    this.set("queued", `${sayBytes(file.size)} · waiting for its turn`);
  }

  set(state, text) {
    this.state = state;
    this.row.show(state, text);
  }

  refuse(text) {
    this.set("refused", text);
    this.box.say(`${this.file.name}: ${text}`);
  }

  start() {
    this.rate = new Rate();
    this.set("sending", `${sayBytes(this.file.size)} · connecting`);
    const { code, endpoint, token } = this.box.options;
    this.upload = new tus.Upload(this.file, {
      endpoint,
      chunkSize: CHUNK,
      retryDelays: RETRIES,
      removeFingerprintOnSuccess: true,
      metadata: { filename: this.file.name, filetype: this.file.type, deposit: code },
      fingerprint: async () => ["fairwatt", code, this.file.name, this.file.size, this.file.lastModified].join("-"),
      headers: { "X-CSRFToken": token },
      onProgress: (sent, total) => this.progress(sent, total),
      onShouldRetry: (error) => {
        const { text, final } = explain(error);
        if (!final) this.set("waiting", `${text} Trying again by itself.`);
        return !final;
      },
      onError: (error) => this.fail(error),
      onSuccess: () => this.done(),
    });
    this.upload.findPreviousUploads().then((previous) => {
      const last = previous[previous.length - 1];
      if (last) {
        this.upload.resumeFromPreviousUpload(last);
        this.box.forgetUnfinished(last.uploadUrl);
      }
      this.upload.start();
    });
  }

  progress(sent, total) {
    if (this.state !== "sending" && this.state !== "waiting") return;
    this.rate.add(sent);
    this.row.bar.value = sent;
    const speed = this.rate.perSecond;
    const parts = [`${sayBytes(sent)} of ${sayBytes(total)}`];
    if (speed > 0) parts.push(`${sayBytes(speed)}/s`, sayDuration((total - sent) / speed));
    this.set("sending", parts.filter(Boolean).join(" · "));
  }

  async pause() {
    await this.upload.abort();
    this.set("paused", `Paused at ${sayBytes(this.row.bar.value || 0)} of ${sayBytes(this.file.size)}. What has arrived is kept.`);
    this.box.next();
  }

  async cancel() {
    const started = this.upload && this.state !== "refused";
    this.state = "cancelled";
    this.row.element.remove();
    this.box.drop(this);
    if (started) await this.upload.abort(true).catch(() => undefined);
  }

  fail(error) {
    const { text } = explain(error);
    this.set("stopped", text);
    this.box.say(`${this.file.name}: ${text}`);
    this.box.next();
  }

  done() {
    this.row.bar.value = this.row.bar.max;
    this.set("done", `${sayBytes(this.file.size)} received`);
    this.box.say(`${this.file.name} has been received.`);
    this.row.element.remove();
    this.box.drop(this);
    document.body.dispatchEvent(new CustomEvent("files-changed"));
  }
}

// The drop zone, its queue (one file on its way at a time) and its list.
class UploadBox {
  constructor(form) {
    this.form = form;
    this.options = {
      code: form.dataset.deposit,
      endpoint: form.dataset.endpoint,
      token: form.querySelector("[name=csrfmiddlewaretoken]").value,
    };
    this.limit = Number(form.dataset.fileBytes);
    this.free = Number(form.dataset.freeBytes);
    this.input = form.querySelector("input[type=file]");
    this.list = document.getElementById("transfers");
    this.template = document.getElementById("transfer");
    this.live = document.getElementById("transfers-said");
    this.transfers = [];
    this.listen();
  }

  listen() {
    const zone = this.form.querySelector(".dropzone");
    this.form.querySelectorAll("[data-plain]").forEach((element) => element.remove());
    this.form.querySelectorAll("[data-resumable]").forEach((element) => (element.hidden = false));
    this.input.removeAttribute("required");
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.add("dropzone--over");
      });
    }
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("dropzone--over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
    // A file dropped beside the zone must not replace the page.
    for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
    window.addEventListener("online", () => this.transfers.filter((t) => t.state === "stopped").forEach((t) => this.begin(t)));
    window.addEventListener("beforeunload", (event) => {
      if (this.active) event.preventDefault();
    });
  }

  get active() {
    return this.transfers.find((transfer) => transfer.state === "sending" || transfer.state === "waiting");
  }

  add(files) {
    for (const file of files) {
      const transfer = new Transfer(this, file);
      this.transfers.push(transfer);
      if (file.size > this.limit) transfer.refuse(`${sayBytes(file.size)} is more than one file may have (${sayBytes(this.limit)}).`);
      else if (file.size > this.free) transfer.refuse(`${sayBytes(file.size)} is more than is left of your organisation’s space (${sayBytes(this.free)}).`);
    }
    this.next();
  }

  begin(transfer) {
    if (this.active) transfer.set("queued", `${sayBytes(transfer.file.size)} · waiting for its turn`);
    else transfer.start();
  }

  next() {
    if (this.active) return;
    const waiting = this.transfers.find((transfer) => transfer.state === "queued");
    if (waiting) waiting.start();
  }

  drop(transfer) {
    this.transfers = this.transfers.filter((other) => other !== transfer);
    this.next();
  }

  // What goes on is no longer among those that stopped.
  forgetUnfinished(address) {
    const id = new URL(address, window.location.href).pathname.split("/").filter(Boolean).pop();
    document.getElementById(`unfinished-${id}`)?.remove();
    const section = document.getElementById("unfinished-uploads");
    if (section && !section.querySelector("li")) section.remove();
  }

  say(text) {
    this.live.textContent = text;
  }
}

const form = document.getElementById("upload");
if (form && tus.isSupported) new UploadBox(form);
