// node scan.mjs <cache>: what the client lists, and what it complains of.
import { scanCacheDir } from "@huggingface/hub";

const { repos, warnings } = await scanCacheDir(process.argv[2]);

console.log(JSON.stringify({
  warnings: warnings.map((warning) => warning.message),
  repos: repos.map(({ id, size, revisions }) => ({
    type: id.type,
    name: id.name,
    size,
    revisions: revisions.map(({ commitOid, refs, size, files }) => ({
      commit: commitOid,
      refs,
      size,
      files: files.map(({ path, blob }) => ({ path, blob: blob.path, size: blob.size })),
    })),
  })),
}));
