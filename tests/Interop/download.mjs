// node download.mjs <endpoint> <cache> <type> <repo> <revision> [path…]: brings the files into the cache; without paths, the whole snapshot.
import { downloadFileToCacheDir, snapshotDownload } from "@huggingface/hub";

const [hubUrl, cacheDir, type, name, revision, ...paths] = process.argv.slice(2);
const from = { repo: { type, name }, revision, hubUrl, cacheDir };

const results = [];
if (paths.length === 0) {
  results.push(await snapshotDownload(from));
}
for (const path of paths) {
  results.push(await downloadFileToCacheDir({ ...from, path }));
}

// On a line of its own: the client itself prints what it downloads.
console.log("\n" + JSON.stringify(results));
