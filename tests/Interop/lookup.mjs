// node lookup.mjs <cache> <type> <repo> <commit> <path…>: where the files are, without the network; null for those that are not there.
import { downloadFileToCacheDir } from "@huggingface/hub";

const [cacheDir, type, name, revision, ...paths] = process.argv.slice(2);
const offline = "the network was asked";
const fetch = async () => {
  throw new Error(offline);
};

const results = [];
for (const path of paths) {
  try {
    results.push(await downloadFileToCacheDir({ repo: { type, name }, revision, cacheDir, path, fetch }));
  } catch (error) {
    if (error.message !== offline) {
      throw error;
    }
    results.push(null);
  }
}

console.log(JSON.stringify(results));
