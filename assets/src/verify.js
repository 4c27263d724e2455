// The page that says whether a file is the certified one: the file is hashed here, and only its hash is sent.
//
// Without this the page takes a hash that somebody has made otherwise.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { sayBytes } from "./sizes.js";

const PIECE = 4 * 1024 * 1024;

async function hashOf(file, onProgress, signal) {
  const digest = sha256.create();
  for (let at = 0; at < file.size; at += PIECE) {
    if (signal.aborted) throw new DOMException("stopped", "AbortError");
    digest.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    onProgress(Math.min(file.size, at + PIECE));
  }
  return bytesToHex(digest.digest());
}

class Verifier {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.hash = form.querySelector("[name=sha256]");
    this.name = form.querySelector("[name=name]");
    this.bar = form.querySelector("progress");
    this.said = form.querySelector("[role=status]");
    this.zone = form.querySelector(".dropzone");
    this.running = null;
    for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
    for (const kind of ["dragover", "dragenter"]) this.zone.addEventListener(kind, (event) => this.over(event, true));
    for (const kind of ["dragleave", "drop"]) this.zone.addEventListener(kind, (event) => this.over(event, false));
    this.zone.addEventListener("drop", (event) => this.take(event.dataTransfer.files[0]));
  }

  over(event, isOver) {
    event.preventDefault();
    this.zone.classList.toggle("dropzone--over", isOver);
  }

  async take(file) {
    if (!file) return;
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.bar.max = Math.max(1, file.size);
    this.bar.hidden = false;
    this.said.textContent = `Reading ${file.name}, ${sayBytes(file.size)}, on this device…`;
    try {
      this.hash.value = await hashOf(file, (done) => { this.bar.value = done; }, running.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.bar.hidden = true;
      this.said.textContent = `${file.name} could not be read by the browser: ${error.message}`;
      return;
    }
    this.name.value = file.name;
    this.input.value = ""; // only the hash and the name go
    this.form.requestSubmit();
  }
}

const form = document.querySelector("form[data-verify]");
if (form) new Verifier(form);
