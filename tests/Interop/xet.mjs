// node xet.mjs <endpoint> <repo> <path> <target>: reads a file by Xet, and by nothing else.
import { writeFileSync } from "node:fs";
import { downloadFile } from "@huggingface/hub";

const [hubUrl, name, path, target] = process.argv.slice(2);
const began = performance.now();
const blob = await downloadFile({ repo: { type: "model", name }, path, hubUrl, xet: true });
const bytes = new Uint8Array(await blob.arrayBuffer());
const seconds = (performance.now() - began) / 1000;
if (target) {
  writeFileSync(target, bytes);
}
console.log("\n" + JSON.stringify({ kind: blob.constructor.name, length: bytes.length, seconds }));
