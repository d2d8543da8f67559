// node pack.mjs <file> <folder>: cuts and packs a file as an upload would, and puts the xorbs and the file's terms into the folder.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { uploadFile } from "@huggingface/hub";

const [source, folder] = process.argv.slice(2);
const later = Math.floor(Date.now() / 1000) + 3600;
const json = (value) => new Response(JSON.stringify(value), { status: 200, headers: { "Content-Type": "application/json" } });
let shard;

// Xet's string form turns every eight bytes round.
const hashAt = (bytes, at) => [0, 8, 16, 24].map((part) => Buffer.from(bytes.subarray(at + part, at + part + 8)).reverse().toString("hex")).join("");

// A Hub that takes everything, in this process.
async function hub(input, init = {}) {
  const url = String(input.url ?? input);
  if (url.includes("/preupload/")) {
    return json({ files: JSON.parse(init.body).files.map((file) => ({ path: file.path, uploadMode: "lfs", shouldIgnore: false })) });
  }
  if (url.endsWith("/info/lfs/objects/batch")) {
    const objects = JSON.parse(init.body).objects.map(({ oid, size }) => ({
      oid, size,
      actions: { upload: { href: "http://hub.test/xet-write-token", header: {
        "X-Xet-Cas-Url": "http://cas.test", "X-Xet-Access-Token": "token", "X-Xet-Token-Expiration": String(later), "X-Xet-Session-Id": "1",
      } } },
    }));
    return json({ transfer: "xet", objects });
  }
  if (url.includes("/v1/xorbs/")) {
    writeFileSync(join(folder, url.split("/").at(-1) + ".xorb"), new Uint8Array(await new Response(init.body).arrayBuffer()));
    return json({ was_inserted: true });
  }
  if (url.includes("/v1/shards")) {
    shard = new Uint8Array(await new Response(init.body).arrayBuffer());
    return json({ result: 1 });
  }
  if (url.includes("/commit/")) {
    return json({ success: true, commitOid: "0".repeat(40), commitUrl: "http://hub.test/commit", hookOutput: "" });
  }
  return new Response("", { status: 404 });
}

await uploadFile({
  repo: { type: "model", name: "org/name" }, accessToken: "hf_none", hubUrl: "http://hub.test", fetch: hub, useXet: true,
  file: { path: "file.bin", content: new Blob([readFileSync(source)]) },
});

const view = new DataView(shard.buffer, shard.byteOffset);
const terms = [];
for (let i = 0, at = 48 + 48; i < view.getUint32(48 + 36, true); i++, at += 48) {
  terms.push({ xorb: hashAt(shard, at), length: view.getUint32(at + 36, true), first: view.getUint32(at + 40, true), end: view.getUint32(at + 44, true) });
}
console.log("\n" + JSON.stringify({ hash: hashAt(shard, 48), terms }));
