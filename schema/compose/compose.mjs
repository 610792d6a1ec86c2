// Composes subgraph SDL files into one supergraph.
//
//   node compose.mjs --out supergraph.graphql name=url=file.graphql [name=url=file.graphql ...]
//
// Without --out the supergraph goes to standard output. Exit code 1 and one line per error if the subgraphs
// do not compose. The subgraphs are sorted by name, so the order of the arguments never changes the outcome.
import { readFileSync, writeFileSync } from "node:fs";
import { composeServices, compositionHasErrors } from "@theguild/federation-composition";
import { parse } from "graphql";

function parseArguments(given) {
  const subgraphs = [];
  let out = null;
  for (let index = 0; index < given.length; index += 1) {
    if (given[index] === "--out") {
      index += 1;
      out = given[index];
      continue;
    }
    const [, name, url, file] = /^([^=]+)=(.*)=([^=]+)$/.exec(given[index]) ?? [];
    if (!file) {
      throw new Error(`not of the form name=url=file.graphql: ${given[index]}`);
    }
    subgraphs.push({ name, url, file });
  }
  if (subgraphs.length === 0) {
    throw new Error("usage: compose.mjs [--out FILE] name=url=file.graphql ...");
  }
  return { out, subgraphs: subgraphs.sort((one, other) => (one.name < other.name ? -1 : 1)) };
}

function main() {
  const { out, subgraphs } = parseArguments(process.argv.slice(2));
  const result = composeServices(
    subgraphs.map(({ name, url, file }) => ({ name, url, typeDefs: parse(readFileSync(file, "utf8")) })),
  );
  if (compositionHasErrors(result)) {
    for (const error of result.errors) {
      console.error(`${error.extensions?.code ?? "ERROR"}: ${error.message}`);
    }
    return 1;
  }
  const sdl = `${result.supergraphSdl.trim()}\n`;
  if (out === null) {
    process.stdout.write(sdl);
  } else {
    writeFileSync(out, sdl);
  }
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
