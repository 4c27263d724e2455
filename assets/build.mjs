// Build the portal's styles and scripts into the package, with the hash of the content in each name.
// The names are looked up in manifest.json by the `asset` template tag; compressed copies lie beside the files.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "../src/fairwatt/portal/static/portal");
const SCRIPTS = ["portal", "upload", "verify", "work"];
const FONT_FILES = join(HERE, "node_modules/@fontsource-variable/inter/files");
const FONTS = ["latin", "latin-ext", "greek"].map((part) => `inter-${part}-wght-normal.woff2`);

const hashed = (name, content) => {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const ending = extname(name);
  return `${basename(name, ending)}-${hash}${ending}`;
};

// What is built, before any of it is written: a build that fails leaves what was there.
class Build {
  manifest = {};
  files = new Map();

  add(name, content, { compress = true } = {}) {
    const bytes = Buffer.from(content);
    const target = hashed(name, bytes);
    this.manifest[name] = target;
    this.files.set(target, bytes);
    if (!compress) return;
    this.files.set(`${target}.gz`, gzipSync(bytes, { level: 9 }));
    this.files.set(`${target}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }

  write() {
    mkdirSync(OUT, { recursive: true });
    for (const [name, bytes] of this.files) writeFileSync(join(OUT, name), bytes);
    const sorted = Object.fromEntries(Object.entries(this.manifest).sort());
    writeFileSync(join(OUT, "manifest.json.new"), `${JSON.stringify(sorted, null, 2)}\n`);
    renameSync(join(OUT, "manifest.json.new"), join(OUT, "manifest.json"));
    for (const name of readdirSync(OUT)) {
      if (!this.files.has(name) && name !== "manifest.json") rmSync(join(OUT, name), { recursive: true });
    }
  }
}

async function script(name) {
  const built = await esbuild.build({
    entryPoints: [join(HERE, "src", `${name}.js`)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome109", "firefox115", "safari16"],
    legalComments: "inline",
    logLevel: "warning",
  });
  return built.outputFiles[0].contents;
}

async function build() {
  const built = new Build();
  for (const font of FONTS) built.add(font, readFileSync(join(FONT_FILES, font)), { compress: false });
  built.files.set("inter-LICENSE.txt", readFileSync(join(FONT_FILES, "../LICENSE")));
  for (const name of readdirSync(join(HERE, "images"))) {
    built.add(name, readFileSync(join(HERE, "images", name)), { compress: name.endsWith(".svg") });
  }
  const style = sass.compile(join(HERE, "scss/portal.scss"), {
    style: "compressed",
    loadPaths: [join(HERE, "node_modules")],
    quietDeps: true,
    silenceDeprecations: ["import", "global-builtin", "color-functions"],
  });
  const css = style.css.replace(/url\("?\.\/(inter-[a-z-]+\.woff2)"?\)/g, (_, font) => `url("./${built.manifest[font]}")`);
  built.add("portal.css", css);
  for (const name of SCRIPTS) {
    if (existsSync(join(HERE, "src", `${name}.js`))) built.add(`${name}.js`, await script(name));
  }
  built.write();
  console.log(`Built ${Object.keys(built.manifest).length} files into ${OUT}`);
}

await build();
if (process.argv.includes("--watch")) {
  let timer;
  for (const folder of ["src", "scss", "images"]) {
    watch(join(HERE, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(() => build().catch((error) => console.error(error.message)), 100);
    });
  }
}
