// Make each page's script one file: node bundle.mjs STATIC TARGET ENTRY...
// What a script imports at its head comes with it; what it loads by import() stays a file of its own, in a folder named
// as the script. TARGET has manifest.json: each file, with those that it needs before it runs.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { rolldown } from "rolldown";

const [root, target, ...entries] = process.argv.slice(2);
const manifest = {};

const NAMED_LATER = /\bimport\(`(\.{1,2}\/[\w/-]*)\$\{(\w+)\}\.js`\)/g;

/** A module whose name is known at run time only, as a scoring method's: all that it could be come with the script. */
const namedLater = {
  name: "named-later",
  async transform(code, id) {
    let head = "";
    let body = code;
    for (const [call, folder, name] of code.matchAll(NAMED_LATER)) {
      const files = (await readdir(join(dirname(id), folder))).filter((file) => file.endsWith(".js")).sort();
      const known = files.map((file, at) => `${JSON.stringify(file.slice(0, -".js".length))}: named${at}`);
      head += files.map((file, at) => `import * as named${at} from ${JSON.stringify(folder + file)};\n`).join("");
      body = body.replace(call, `Promise.resolve({ ${known.join(", ")} }[${name}])`);
    }
    if (body.includes("import(`")) this.error(`${id}: an import() that cannot be followed`);
    return { code: head + body, map: null };
  },
};

const PACKAGES = join(import.meta.dirname, "node_modules");

/** The licences of the packages that a file holds go wherever it goes; of several to choose from, the shortest. */
async function licences({ moduleIds }) {
  const inside = moduleIds.filter((id) => id.startsWith(PACKAGES + sep)).map((id) => relative(PACKAGES, id).split(sep)[0]);
  return (await Promise.all([...new Set(inside)].map(licence))).join("");
}

/** @param {string} name */
async function licence(name) {
  const files = (await readdir(join(PACKAGES, name))).filter((file) => file.startsWith("LICENSE"));
  const texts = await Promise.all(files.map((file) => readFile(join(PACKAGES, name, file), "utf-8")));
  const [shortest] = texts.sort((one, other) => one.length - other.length);
  if (!shortest) throw new Error(`${name} has no licence`);
  return `/*! ${name}\n${shortest.trim()}\n*/\n`;
}

for (const entry of entries) {
  const bundle = await rolldown({
    input: join(root, entry),
    plugins: [namedLater],
    resolve: { modules: [PACKAGES] },
    transform: { target: "es2022" },
    onLog: (level, log, say) => log.code !== "INEFFECTIVE_DYNAMIC_IMPORT" && say(level, log),
  });
  const { output } = await bundle.write({
    dir: target,
    format: "es",
    minify: true,
    postBanner: licences,
    entryFileNames: entry,
    chunkFileNames: `${entry.slice(0, -".js".length)}/[name]-[hash].js`,
  });
  for (const { fileName, imports } of output) manifest[fileName] = imports;
  await bundle.close();
}
await writeFile(join(target, "manifest.json"), JSON.stringify(manifest, null, 1));
